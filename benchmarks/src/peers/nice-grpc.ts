import {
  ChannelCredentials,
  type ClientMiddleware,
  createChannel,
  createClientFactory,
  createServer,
  type ServerMiddleware,
} from "nice-grpc";
import { blob, event, order, orderWithNumbers, text, tiny } from "../messages.js";
import { loadService } from "./loaded-proto.js";
import { check, type Peer } from "./peer.js";
import { AsyncQueue } from "./queue.js";

const clientMiddleware: ClientMiddleware = async function* (call, options) {
  return yield* call.next(call.request, options);
};
const serverMiddleware: ServerMiddleware = async function* (call, context) {
  return yield* call.next(call.request, context);
};

/** nice-grpc names methods as they are keyed. */
const definition = Object.fromEntries(
  Object.values(loadService().service).map((method) => [method.originalName, method]),
) as never;

interface Event {
  readonly number: number;
  readonly text: string;
}

interface NiceClient {
  tiny(request: unknown): Promise<{ text: string }>;
  nested(request: unknown): Promise<{ order: { items: readonly unknown[] } }>;
  blob(request: unknown): Promise<{ data: Uint8Array }>;
  subscribe(request: unknown): AsyncIterable<Event>;
  publish(requests: AsyncIterable<unknown>): Promise<{ count: number }>;
  chat(requests: AsyncIterable<unknown>): AsyncIterable<Event>;
}

export const niceGrpc: Peer = {
  async serve(setup) {
    const server = setup.interceptors ? createServer().use(serverMiddleware) : createServer();
    server.add(definition, {
      tiny: async (request: Event) => ({ text: request.text }),
      nested: async (request: { order: unknown }) => ({ order: request.order }),
      blob: async (request: { data: unknown }) => ({ data: request.data }),
      async *subscribe(request: { count: number }) {
        for (let i = 0; i < request.count; i++) yield event;
      },
      async publish(requests: AsyncIterable<Event>) {
        let count = 0;
        for await (const _ of requests) count++;
        return { count };
      },
      async *chat(requests: AsyncIterable<Event>) {
        for await (const request of requests) yield { number: request.number, text: request.text };
      },
    } as never);
    return await server.listen("127.0.0.1:0");
  },

  connect(setup, port) {
    const channel = createChannel(`127.0.0.1:${port}`, ChannelCredentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const factory = createClientFactory();
    const client = (setup.interceptors ? factory.use(clientMiddleware) : factory).create(
      definition,
      channel,
    ) as unknown as NiceClient;
    return {
      async tiny() {
        check((await client.tiny(tiny)).text === text);
      },
      async nested() {
        check((await client.nested({ order: orderWithNumbers })).order.items.length === order.items.length);
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
          for (let i = 0; i < count; i++) yield event;
        }
        check((await client.publish(requests())).count === count);
      },
      async chat(count) {
        const requests = new AsyncQueue<Event>();
        const answers = client.chat(requests)[Symbol.asyncIterator]();
        for (let i = 0; i < count; i++) {
          requests.push(event);
          check((await answers.next()).value?.number === event.number);
        }
        requests.end();
        check((await answers.next()).done === true);
      },
      async idle() {
        const requests = new AsyncQueue<Event>();
        requests.push(event);
        await client.chat(requests)[Symbol.asyncIterator]().next();
      },
    };
  },
};
