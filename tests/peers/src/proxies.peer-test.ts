import { ourClient, ourServer } from "./ours.js";
import type { Pair, Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { behind, haproxy, haproxyHttp1, nginxGrpc, nginxHttp1 } from "./proxy.js";
import { runPairs } from "./run-pairs.js";

const grpcJs = () => new PeerProgram("@grpc/grpc-js", [process.execPath, programPath("grpc-js.mjs")]);
const grpc: Wire = { protocol: "grpc", codec: "binary", http: "2" };
const halfDuplex = { bidi: "HTTP/1.1 is half duplex" };

const pairs: readonly Pair[] = [
  { client: ourClient, server: () => behind(nginxGrpc, ourServer()), wire: grpc },
  {
    client: ourClient,
    server: () => behind(nginxGrpc, ourServer()),
    wire: { protocol: "connect", codec: "json", http: "2" },
  },
  {
    client: () => grpcJs().client({ "clean resets": "it is on Node's http2" }),
    server: () => behind(nginxGrpc, ourServer()),
    wire: grpc,
  },
  {
    client: ourClient,
    server: () => behind(nginxHttp1, ourServer()),
    wire: { protocol: "connect", codec: "json", http: "1.1" },
    lacks: halfDuplex,
  },
  {
    client: ourClient,
    server: () => behind(nginxHttp1, ourServer()),
    wire: { protocol: "grpc-web", codec: "binary", http: "1.1" },
    lacks: halfDuplex,
  },
  {
    client: ourClient,
    server: () => behind(haproxyHttp1, ourServer()),
    wire: { protocol: "connect", codec: "binary", http: "1.1" },
    lacks: halfDuplex,
  },
  {
    client: ourClient,
    server: () => behind(haproxyHttp1, ourServer()),
    wire: { protocol: "grpc-web", codec: "binary", http: "1.1" },
    lacks: halfDuplex,
  },
  { client: ourClient, server: () => behind(haproxy, ourServer()), wire: grpc },
  {
    client: ourClient,
    server: () => behind(haproxy, ourServer()),
    wire: { protocol: "connect", codec: "binary", http: "2" },
  },
  {
    client: ourClient,
    server: () => behind(haproxy, ourServer()),
    wire: { protocol: "grpc-web", codec: "json", http: "2" },
  },
  {
    client: ourClient,
    server: () => behind(haproxy, grpcJs().server({ "compressed responses": "its server never compresses" })),
    wire: grpc,
  },
];

runPairs(pairs);
