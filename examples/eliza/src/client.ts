// Talks to Eliza: node client.js http://localhost:8080 grpc
import { connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import type { ClientProtocol } from "@connect-ts/runtime/transport";
import { createElizaServiceClient } from "./gen/connectrpc/eliza/v1/eliza_connect.js";

const [baseUrl = "http://localhost:8080", name = "connect"] = process.argv.slice(2);
const protocols = new Map<string, () => ClientProtocol>([
  ["connect", connect],
  ["grpc", grpc],
  ["grpc-web", grpcWeb],
]);
const protocol = protocols.get(name);
if (protocol === undefined) throw new Error(`no protocol ${name}: take one of ${[...protocols.keys()].join(", ")}`);

// #region transport
// Over http: it means HTTP/2 for gRPC, HTTP/1.1 for Connect and gRPC-Web.
const transport = createNodeTransport({ baseUrl, protocol: protocol() });
const eliza = createElizaServiceClient(transport);
// #endregion

console.log("say (unary)");
// #region unary
const reply = await eliza.say({ sentence: "I feel happy." });
// #endregion
console.log("  me:    I feel happy.");
console.log(`  Eliza: ${reply.sentence}`);

console.log("introduce (server streaming)");
// #region server-streaming
for await (const { sentence } of eliza.introduce({ name: "Ada" })) {
  console.log(`  Eliza: ${sentence}`);
}
// #endregion

console.log("collect (client streaming)");
// #region client-streaming
const story = eliza.collect();
for (const sentence of ["My code has a bug.", "I fixed it.", "It came back."]) {
  console.log(`  me:    ${sentence}`);
  await story.send({ sentence });
}
story.closeSend();
const { message, headers, trailers } = await story.response;
console.log(`  Eliza: ${message.summary} (${headers.get("eliza-mood")}, ${trailers.get("eliza-tea")} of tea)`);
// #endregion

console.log("converse (bidirectional streaming)");
// #region bidi-streaming
// To hear an answer before the next question is sent takes HTTP/2, whatever the protocol.
const fullDuplex = createElizaServiceClient(createNodeTransport({ baseUrl, protocol: protocol(), http: "2" }));
const chat = fullDuplex.converse();
const answers = chat[Symbol.asyncIterator]();
for (const sentence of ["Hello!", "I need a holiday", "Are you a computer?", "Bye"]) {
  console.log(`  me:    ${sentence}`);
  await chat.send({ sentence });
  const { value } = await answers.next();
  console.log(`  Eliza: ${value?.sentence}`);
}
chat.closeSend();
await chat.trailers;
// #endregion
