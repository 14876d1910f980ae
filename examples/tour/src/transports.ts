import { grpc, type Transport } from "@connect-ts/runtime";
import { createNodeHttpClient, createNodeTransport, gzip, serve } from "@connect-ts/runtime/node";
import { createNodeHttp2Client } from "@connect-ts/runtime/node-http2";
import { createTransport, type HttpClient, type TransportCall } from "@connect-ts/runtime/transport";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

const servers = await Promise.all([serve({ handlers: elizaHandler }), serve({ handlers: elizaHandler })]);

// #region transport
/** Spreads calls over several servers, one after the other. */
function roundRobin(transports: readonly [Transport, ...Transport[]]): Transport {
  let calls = 0;
  const next = (): Transport => transports[calls++ % transports.length] ?? transports[0];
  return {
    peer: () => transports[0].peer(),
    unary: (call, message) => next().unary(call, message),
    stream: <I, O>(call: TransportCall<I, O>) => next().stream(call),
    close() {
      for (const transport of transports) transport.close?.();
    },
  };
}
// #endregion

const [first, second] = servers;
const used = new Set<string>();
const eliza = createElizaServiceClient(
  roundRobin([createNodeTransport({ baseUrl: first.url }), createNodeTransport({ baseUrl: second.url })]),
);
for (let i = 0; i < 4; i++) used.add((await eliza.say({ sentence: "Hello" }).response).peer.address);
console.log(`  ${used.size} servers answered`);

// #region http-client
/** Counts what goes over the wire, whatever makes the HTTP requests. */
function counting(http: HttpClient, count: (bytes: number) => void): HttpClient {
  return {
    origin: http.origin,
    request: (head, sink) =>
      http.request(head, {
        head: (status, headers) => sink.head(status, headers),
        data(chunk) {
          count(chunk.byteLength);
          sink.data(chunk);
        },
        end: (trailers) => sink.end(trailers),
        error: (failure) => sink.error(failure),
        drain: () => sink.drain(),
      }),
    close: () => http.close?.(),
  };
}

let received = 0;
const baseUrl = first.url;
const http = counting(createNodeHttpClient({ baseUrl }), (bytes) => {
  received += bytes;
});
const transport = createTransport({ baseUrl, http });
// #endregion
await createElizaServiceClient(transport).say({ sentence: "Hello" });
console.log(`  ${received} bytes came`);

// #region node-http2
const plain = createTransport({
  baseUrl,
  http: createNodeHttp2Client({ baseUrl }),
  protocol: grpc(),
  acceptCompression: [gzip()],
});
// #endregion
const { peer } = await createElizaServiceClient(plain).say({ sentence: "Hello" }).response;
console.log(`  ${peer.protocol} over HTTP/${peer.httpVersion} of the platform`);
plain.close?.();
await Promise.all(servers.map((server) => server.close()));
