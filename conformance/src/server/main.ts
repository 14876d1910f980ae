import { create } from "@bufbuild/protobuf";
import { binary, json } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "#gen/connectrpc/conformance/v1/server_compat_pb.js";
import { createConformanceServiceHandler } from "#gen/connectrpc/conformance/v1/service_connect.js";
import { compressions } from "../compressions.js";
import { readDelimited, writeDelimited } from "../delimited.js";
import { registry } from "../registry.js";
import { Conformance } from "./service.js";

const host = "127.0.0.1";

for await (const request of readDelimited(process.stdin, ServerCompatRequestSchema)) {
  const server = await serve({
    handlers: createConformanceServiceHandler(new Conformance()),
    host,
    tls: tlsOf(request),
    codecs: [binary(), json({ registry })],
    compressions,
    compressMinBytes: 0,
    readMaxBytes: request.messageReceiveLimit === 0 ? undefined : request.messageReceiveLimit,
    allowHalfDuplexBidiOverHttp1: true,
  });
  process.once("SIGTERM", () => {
    void server.close().then(() => process.exit(0));
  });
  const pemCert = request.serverCreds?.cert;
  const response = create(ServerCompatResponseSchema, { host, port: server.port });
  if (request.useTls && pemCert !== undefined) response.pemCert = pemCert;
  writeDelimited(process.stdout, ServerCompatResponseSchema, response);
  break;
}

function tlsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest): Parameters<typeof serve>[0]["tls"] {
  if (!useTls) return undefined;
  if (serverCreds === undefined) throw new Error("TLS is asked for, and no certificate is given");
  const tls = { cert: Buffer.from(serverCreds.cert), key: Buffer.from(serverCreds.key) };
  if (clientTlsCert.length === 0) return tls;
  return { ...tls, ca: Buffer.from(clientTlsCert), requestCert: true, rejectUnauthorized: true };
}
