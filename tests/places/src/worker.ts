// The worker that workerd runs: our server over fetch, and our client, which makes the calls that it is told at /call.
import { connect, grpc, grpcWeb, type Interceptor, json } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler, gzip } from "@connect-ts/runtime/fetch";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { makeCall } from "../../peers/src/make-call.js";
import type { Call, Method, Outcome, Wire } from "../../peers/src/peer.js";

/** What `/call` is sent. */
export interface Job {
  readonly url: string;
  readonly wire: Wire;
  readonly compress: boolean;
  readonly call: Call;
}

/** What `/seen` answers: how many handlers began, and how many saw that their call was over early. */
export interface Seen {
  readonly started: Method[];
  readonly aborted: Method[];
}

const seen: Seen = { started: [], aborted: [] };
const observe: Interceptor = (call, next) => {
  const left = call.timeoutMs();
  if (left !== undefined) call.responseHeaders.set("x-timeout-ms", String(Math.round(left)));
  const method = call.spec.procedure.slice(call.spec.procedure.lastIndexOf("/") + 1) as Method;
  seen.started.push(method);
  call.signal.addEventListener("abort", () => seen.aborted.push(method));
  return next();
};
const service = createPingServiceHandler(pingService(), { interceptors: [observe] });
const plain = fetchHandler([service], { compressMinBytes: 2 ** 31 });
const compressing = fetchHandler([service], { compressMinBytes: 0 });

async function call({ url, wire, compress, call: asked }: Job): Promise<Outcome> {
  const options = {
    baseUrl: url,
    ...(wire.codec === "json" && { codec: json() }),
    ...(compress && { sendCompression: gzip(), acceptCompression: [gzip()], compressMinBytes: 0 }),
  };
  if (wire.protocol === "grpc") {
    // workerd ties a connection to the request that opened it: no other may use it.
    const transport = createNodeTransport({ ...options, protocol: grpc() });
    try {
      return await makeCall(createPingServiceClient(transport), asked);
    } finally {
      transport.close?.();
    }
  }
  const protocol = wire.protocol === "connect" ? connect({ useHttpGet: wire.get ?? false }) : grpcWeb();
  return makeCall(createPingServiceClient(createFetchTransport({ ...options, protocol })), asked);
}

export default {
  async fetch(request: Request, { COMPRESS }: { readonly COMPRESS: string }): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return Response.json(seen);
    if (pathname === "/call") return Response.json(await call((await request.json()) as Job));
    return COMPRESS === "yes" ? compressing(request) : plain(request);
  },
};
