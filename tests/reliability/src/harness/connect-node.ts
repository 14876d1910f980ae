import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { PingService } from "../../../gen/src/ping/v1/ping_pb.js";
import { type AnswerMessage, codeNames, numberOf, type PeerClient, type RequestInit, type Wire } from "./outcome.js";

const transports = { connect: createConnectTransport, grpc: createGrpcTransport, "grpc-web": createGrpcWebTransport };

/** The client of @connectrpc/connect-node. */
export function connectNodeClient(url: string, wire: Wire): PeerClient {
  const sessionManager = new Http2SessionManager(url);
  const create = transports[wire.protocol] as (options: object) => Transport;
  const transport = create({
    baseUrl: url,
    httpVersion: wire.http,
    readMaxBytes: 4 * 1024 * 1024,
    ...(wire.http === "2" && { sessionManager }),
  });
  const client = createClient(PingService, transport);
  return {
    async call(method, requests, { timeoutMs, signal, headers, onMessage } = {}) {
      const start = performance.now();
      const numbers: bigint[] = [];
      const take = (message: AnswerMessage): void => {
        numbers.push(numberOf(message));
        onMessage?.(message);
      };
      const options = {
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(signal && { signal }),
        ...(headers && { headers }),
      };
      const first = Array.isArray(requests) ? (requests[0] as RequestInit) : {};
      try {
        if (method === "ping") take(await client.ping(first, options));
        else if (method === "sum") take(await client.sum(each(requests), options));
        else {
          const stream = method === "countUp" ? client.countUp(first, options) : client.cumSum(each(requests), options);
          for await (const message of stream) take(message);
        }
        return { code: "ok", message: "", numbers, ms: performance.now() - start };
      } catch (thrown) {
        const error = ConnectError.from(thrown);
        return {
          code: codeNames[error.code] ?? Code[error.code] ?? String(error.code),
          message: error.rawMessage,
          numbers,
          ms: performance.now() - start,
        };
      }
    },
    async close() {
      sessionManager.abort();
    },
  };
}

async function* each<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterable<T> {
  yield* items;
}
