import { create } from "@bufbuild/protobuf";
import { serve } from "@connect-ts/runtime/node";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "#gen/connectrpc/conformance/v1/server_compat_pb.js";
import { createConformanceServiceHandler } from "#gen/connectrpc/conformance/v1/service_connect.js";
import { readDelimited, writeDelimited } from "../delimited.js";
import { fetchBridge } from "./fetch-bridge.js";
import { serveFetch } from "./fetch-hosts.js";
import { handlerOptions } from "./handler-options.js";
import { servePlatform } from "./platform.js";
import { Conformance } from "./service.js";

const host = "127.0.0.1";
/** Which of our server adapters is under test. */
const over = process.argv[2];

for await (const request of readDelimited(process.stdin, ServerCompatRequestSchema)) {
  const handlers = [createConformanceServiceHandler(new Conformance())];
  const options = handlerOptions(request.messageReceiveLimit);
  const listen = { host, tls: tlsOf(request) };
  const server = await (over === "platform"
    ? servePlatform(listen, handlers, options)
    : over === "fetch"
      ? (serveFetch(listen, handlers, options) ??
        serve({ ...listen, handlers: [], fallback: fetchBridge(handlers, options) }))
      : serve({ ...listen, ...options, handlers }));
  process.once("SIGTERM", () => {
    void server.close().then(() => process.exit(0));
  });
  const pemCert = request.useTls ? request.serverCreds?.cert : undefined;
  const response = { host, port: server.port };
  writeDelimited(
    process.stdout,
    ServerCompatResponseSchema,
    create(ServerCompatResponseSchema, pemCert === undefined ? response : { ...response, pemCert }),
  );
  break;
}

function tlsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest) {
  if (!useTls) return undefined;
  if (serverCreds === undefined) throw new Error("TLS is asked for, and no certificate is given");
  const tls = { cert: Buffer.from(serverCreds.cert), key: Buffer.from(serverCreds.key) };
  if (clientTlsCert.length === 0) return tls;
  return { ...tls, ca: Buffer.from(clientTlsCert), requestCert: true, rejectUnauthorized: true };
}
