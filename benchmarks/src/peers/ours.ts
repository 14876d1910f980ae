import { connect, grpc, type Interceptor, json } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import * as schemas from "../gen/bench/v1/bench_connect.js";
import { blob, event, order, text, tiny } from "../messages.js";
import { type Client, check, type Peer } from "./peer.js";

const passing: Interceptor = async (_call, next) => {
  await next();
};

/** What every server of ours does. */
export const service: schemas.BenchServiceHandler = {
  tiny: (request) => ({ text: request.text }),
  nested: (request) => (request.order === undefined ? {} : { order: request.order }),
  blob: (request) => ({ data: request.data }),
  async *subscribe(request) {
    for (let i = 0; i < request.count; i++) yield event;
  },
  async publish(requests) {
    let count = 0;
    for await (const _ of requests) count++;
    return { count };
  },
  async *chat(requests) {
    for await (const request of requests) yield { number: request.number, text: request.text };
  },
};

/** With protobuf-es's schemas, which is the default. */
export const ours: Peer = oursWith(schemas);

type Generated = Pick<typeof schemas, "createBenchServiceClient" | "createBenchServiceHandler">;

export function oursWith({ createBenchServiceClient, createBenchServiceHandler }: Generated): Peer {
  return {
    async serve(setup) {
      const interceptors = setup.interceptors ? [passing] : [];
      const server = await serve({
        handlers: createBenchServiceHandler(service, { interceptors }),
        host: "127.0.0.1",
        ...(setup.tls && { tls: setup.tls }),
      });
      return server.port;
    },

    connect(setup, port) {
      const isGrpc = setup.wire === "grpc";
      const transport = createNodeTransport({
        baseUrl: `${setup.tls ? "https" : "http"}://127.0.0.1:${port}`,
        protocol: isGrpc ? grpc() : connect(),
        ...(isGrpc ? {} : { codec: json() }),
        ...(setup.compression === false && { acceptCompression: [] }),
        ...(setup.tls && { tls: { ca: setup.tls.ca } }),
      });
      const client = createBenchServiceClient(transport, {
        ...(setup.interceptors && { interceptors: [passing] }),
        ...(setup.timeoutMs !== undefined && { timeoutMs: setup.timeoutMs }),
      });
      return callsOf(client);
    },
  };
}

/** The calls of scenarios, over whatever carries them. */
export function callsOf(client: ReturnType<Generated["createBenchServiceClient"]>): Client {
  return {
    async tiny() {
      check((await client.tiny(tiny)).text === text);
    },
    async nested() {
      check((await client.nested({ order })).order?.items.length === order.items.length);
    },
    async blob() {
      check((await client.blob(blob)).data.length === blob.data.length);
    },
    async subscribe(count) {
      let got = 0;
      for await (const _ of client.subscribe({ count })) got++;
      check(got === count);
    },
    async publish(count) {
      const call = client.publish();
      for (let i = 0; i < count; i++) await call.send(event);
      call.closeSend();
      check((await call.response).message.count === count);
    },
    async chat(count) {
      const call = client.chat();
      const answers = call[Symbol.asyncIterator]();
      for (let i = 0; i < count; i++) {
        await call.send(event);
        check((await answers.next()).value?.number === event.number);
      }
      call.closeSend();
      check((await answers.next()).done === true);
    },
    async idle() {
      const call = client.chat();
      await call.send(event);
      await call[Symbol.asyncIterator]().next();
    },
  };
}
