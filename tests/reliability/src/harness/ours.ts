import { type CallOptions, ConnectError, connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createNodeTransport, type NodeTransportOptions } from "@connect-ts/runtime/node";
import { bindClient } from "@connect-ts/runtime/transport";
import {
  createPingServiceClient,
  type PingServiceClient,
  pingServiceSpecs,
} from "../../../gen/src/ping/v1/ping_connect.js";
import {
  type AnswerMessage,
  type CallInit,
  type Method,
  numberOf,
  type Outcome,
  type PeerClient,
  type RequestInit,
  type Wire,
} from "./outcome.js";

const protocols = { connect, grpc, "grpc-web": grpcWeb };

/** Our client. */
export function ourClient(
  url: string,
  wire: Wire,
  options: Partial<NodeTransportOptions> = {},
): PeerClient & { readonly client: PingServiceClient } {
  const transport = createNodeTransport({
    baseUrl: url,
    protocol: protocols[wire.protocol](),
    http: wire.http,
    ...options,
  });
  const client = createPingServiceClient(transport);
  const { ping } = pingServiceSpecs;
  const unsafe = {
    ...client,
    ping: bindClient(transport).unary({ ...ping, idempotency: "unknown" }) as typeof client.ping,
  };
  return {
    client,
    async call(method, requests, init = {}) {
      const start = performance.now();
      const numbers: bigint[] = [];
      const done = (code: string, message = ""): Outcome => ({ code, message, numbers, ms: performance.now() - start });
      try {
        await run(init.unsafe ? unsafe : client, method, requests, init, (message) => {
          numbers.push(numberOf(message));
          init.onMessage?.(message);
        });
        return done("ok");
      } catch (thrown) {
        const error = ConnectError.from(thrown);
        return done(error.code, error.message);
      }
    },
    async close() {
      transport.close?.();
    },
  };
}

async function run(
  client: PingServiceClient,
  method: Method,
  requests: readonly RequestInit[] | AsyncIterable<RequestInit>,
  { timeoutMs, signal, headers }: CallInit,
  take: (message: AnswerMessage) => void,
): Promise<void> {
  const options: CallOptions = {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(signal && { signal }),
    ...(headers && { headers }),
  };
  const first = Array.isArray(requests) ? (requests[0] as RequestInit) : {};
  switch (method) {
    case "ping":
      take(await client.ping(first, options));
      break;
    case "sum":
      take(await client.sum(requests, options));
      break;
    case "countUp":
      for await (const message of client.countUp(first, options)) take(message);
      break;
    case "cumSum":
      for await (const message of client.cumSum(requests, options)) take(message);
      break;
  }
}
