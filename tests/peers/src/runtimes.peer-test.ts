// Clients of others to each of our servers that has trailers. Those to `serve()` on Node have files of their own.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ourHandlerOnHttp2 } from "./ours.js";
import type { ClientPeer, ServerPeer, Wire } from "./peer.js";
import { PeerProgram, programPath } from "./peer-program.js";
import { runPairs } from "./run-pairs.js";

execFileSync(process.execPath, [programPath("build-our-server.mjs")], {
  stdio: "inherit",
  env: { ...process.env, NODE_OPTIONS: "" },
});
const bundle = fileURLToPath(new URL("../.cache/our-server.mjs", import.meta.url));
const places = new URL("../../places/", import.meta.url);
const programs = JSON.parse(readFileSync(new URL("places.json", places), "utf8")) as {
  readonly [place in "bun" | "deno"]: { readonly program: string; readonly args?: readonly string[] };
};

function serveOn(place: "bun" | "deno"): ServerPeer {
  const { program, args = [] } = programs[place];
  const file = fileURLToPath(new URL(`.cache/node_modules/${place}/${program}`, places));
  return new PeerProgram(`our server on ${place}`, [file, ...args, bundle]).server();
}

const clientOf = (name: string, program: string): ClientPeer =>
  new PeerProgram(name, [process.execPath, programPath(program)]).client({ "clean resets": "it is on Node's http2" });
const connectNode = clientOf("@connectrpc/connect-node", "connect-node.mjs");
const grpcJs = clientOf("@grpc/grpc-js", "grpc-js.mjs");

const servers = [serveOn("bun"), serveOn("deno"), ourHandlerOnHttp2()];
const wires: readonly Wire[] = [
  { protocol: "grpc", codec: "binary", http: "2" },
  { protocol: "connect", codec: "json", http: "2" },
];

runPairs(
  servers.flatMap((server) => [
    ...wires.map((wire) => ({ client: () => connectNode, server: () => server, wire })),
    { client: () => grpcJs, server: () => server, wire: wires[0] as Wire },
  ]),
);
