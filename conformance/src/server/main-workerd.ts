// The server program for workerd: the runner talks to it, and it starts workerd with the worker (worker.ts).
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { create } from "@bufbuild/protobuf";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "#gen/connectrpc/conformance/v1/server_compat_pb.js";
import { readDelimited, writeDelimited } from "../delimited.js";

const [program = "", worker = ""] = process.argv.slice(2);
const host = "127.0.0.1";

for await (const request of readDelimited(process.stdin, ServerCompatRequestSchema)) {
  const folder = mkdtempSync(join(tmpdir(), "conformance-workerd-"));
  const file = join(folder, "config.capnp");
  writeFileSync(file, configOf(request));
  copyFileSync(worker, join(folder, "worker.js"));
  const child = spawn(program, ["serve", file, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  child.on("close", (code) => {
    rmSync(folder, { recursive: true });
    process.exit(code ?? 0);
  });
  process.once("SIGTERM", () => child.kill());
  createInterface(child.stdio[3] as Readable).on("line", (line) => {
    const { event, port } = JSON.parse(line) as { readonly event: string; readonly port?: number };
    if (event !== "listen" || port === undefined) return;
    const pemCert = request.useTls ? request.serverCreds?.cert : undefined;
    const response = create(ServerCompatResponseSchema, { host, port, ...(pemCert !== undefined && { pemCert }) });
    writeDelimited(process.stdout, ServerCompatResponseSchema, response);
  });
  break;
}

function configOf({ useTls, serverCreds, messageReceiveLimit }: ServerCompatRequest): string {
  const pem = (bytes: Uint8Array | undefined): string => JSON.stringify(Buffer.from(bytes ?? []).toString());
  const keypair = `(privateKey = ${pem(serverCreds?.key)}, certificateChain = ${pem(serverCreds?.cert)})`;
  const http = useTls ? `https = (tlsOptions = (keypair = ${keypair}))` : "http = ()";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "main", address = "${host}:0", ${http}, service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  bindings = [(name = "LIMIT", text = "${messageReceiveLimit}")],
  compatibilityDate = "2026-11-01",
);
`;
}
