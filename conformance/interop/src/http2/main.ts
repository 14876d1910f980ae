// The server of gRPC's negative HTTP/2 tests. It does what a server must not do, or seldom does, frame by frame. SIGTERM
// ends it, with the status 1 if the client did not behave.
import { createServer } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { SimpleRequestSchema, SimpleResponseSchema } from "#gen/grpc/testing/messages_pb.js";
import { readArguments } from "../arguments.js";
import { zeros } from "../payload.js";
import { serverCases } from "./cases.js";
import { Connection } from "./connection.js";

const { port, test_case } = readArguments({ port: "0", test_case: "" });
const found = serverCases.get(test_case);
if (found === undefined) {
  console.error(`--test_case is one of ${[...serverCases.keys()].join(", ")}`);
  process.exit(2);
}
const { settings = [], calls, respond, problems } = found;

const connections = new Set<Connection>();
let received = 0;

const server = createServer((socket) => {
  const connection = new Connection(socket, settings, (stream, body) => {
    received++;
    connections.add(connection);
    void respond(stream, responseTo(body), received);
  });
});

/** The envelope with the response to the envelope of a SimpleRequest. */
function responseTo(body: Buffer): Buffer {
  const { responseSize } = fromBinary(SimpleRequestSchema, body.subarray(5));
  const message = toBinary(SimpleResponseSchema, create(SimpleResponseSchema, { payload: zeros(responseSize) }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

process.once("SIGTERM", () => {
  const wrong = problems?.([...connections]) ?? [];
  if (!calls.includes(received)) wrong.push(`${received} calls instead of ${calls.join(" or ")}`);
  for (const problem of wrong) console.error(problem);
  process.exit(wrong.length === 0 ? 0 : 1);
});
server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === "object" ? address?.port : undefined}`);
});
