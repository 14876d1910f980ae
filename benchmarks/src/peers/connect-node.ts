import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { type ConnectRouter, createClient, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { BenchService, ChatRequestSchema, PublishRequestSchema } from "../gen/bench/v1/bench_pb.js";
import { blob, event, order, text, tiny } from "../messages.js";
import { check, type Peer } from "./peer.js";
import { AsyncQueue } from "./queue.js";

const passing: Interceptor = (next) => async (request) => await next(request);

function routes(router: ConnectRouter): void {
  router.service(BenchService, {
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
  });
}

export const connectNode: Peer = {
  async serve(setup) {
    const handler = connectNodeAdapter({ routes, interceptors: setup.interceptors ? [passing] : [] });
    const server = setup.tls
      ? http2.createSecureServer({ ...setup.tls, allowHTTP1: true }, handler)
      : setup.wire === "grpc"
        ? http2.createServer(handler)
        : http.createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  },

  connect(setup, port) {
    const baseUrl = `${setup.tls ? "https" : "http"}://127.0.0.1:${port}`;
    const interceptors = setup.interceptors ? [passing] : [];
    const nodeOptions = setup.tls ? { ca: setup.tls.ca, servername: "localhost" } : {};
    const transport =
      setup.wire === "grpc"
        ? createGrpcTransport({
            baseUrl,
            interceptors,
            nodeOptions,
            ...(setup.compression === false && { acceptCompression: [] }),
          })
        : createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, interceptors });
    const client = createClient(BenchService, transport);
    const options = setup.timeoutMs === undefined ? {} : { timeoutMs: setup.timeoutMs };
    return {
      async tiny() {
        check((await client.tiny(tiny, options)).text === text);
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
        async function* requests() {
          for (let i = 0; i < count; i++) yield create(PublishRequestSchema, event);
        }
        check((await client.publish(requests())).count === count);
      },
      async chat(count) {
        const requests = new AsyncQueue<ReturnType<typeof create<typeof ChatRequestSchema>>>();
        const answers = client.chat(requests)[Symbol.asyncIterator]();
        for (let i = 0; i < count; i++) {
          requests.push(create(ChatRequestSchema, event));
          check((await answers.next()).value?.number === event.number);
        }
        requests.end();
        check((await answers.next()).done === true);
      },
      async idle() {
        const requests = new AsyncQueue<ReturnType<typeof create<typeof ChatRequestSchema>>>();
        requests.push(create(ChatRequestSchema, event));
        await client.chat(requests)[Symbol.asyncIterator]().next();
      },
    };
  },
};
