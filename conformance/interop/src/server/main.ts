// The program of the server.
import { readFileSync } from "node:fs";
import { serve } from "@connect-ts/runtime/node";
import { createTestServiceHandler } from "#gen/grpc/testing/test_connect.js";
import { readArguments } from "../arguments.js";
import { InteropService } from "./service.js";

const { port, use_tls, tls_cert_file, tls_key_file } = readArguments({
  port: "0",
  use_tls: "false",
  tls_cert_file: "",
  tls_key_file: "",
});

const server = await serve({
  handlers: createTestServiceHandler(new InteropService()),
  host: "127.0.0.1",
  port: Number(port),
  tls: use_tls === "true" ? { cert: readFileSync(tls_cert_file), key: readFileSync(tls_key_file) } : undefined,
});
process.once("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
console.log(`listening on port ${server.port}`);
