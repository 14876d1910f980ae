import { Writable } from "node:stream";
import { grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { type LambdaContext, type LambdaEvent, lambdaHandler } from "@connect-ts/runtime/lambda";
import { afterEach, describe, expect, it } from "@jest/globals";
import { pingService } from "../behaviour/ping-service.js";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceHandler,
} from "../gen/src/ping/v1/ping_connect.js";
import { fetchThrough, type Sender, senders } from "./lambda-events.js";

const [functionUrl] = senders as [Sender];
const globals = globalThis as { awslambda?: unknown };

interface Head {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
}

/** What the runtime gives a function to write to. `HttpResponseStream` puts the head before the first write, and an empty one counts. */
class Invocation extends Writable {
  head: Head | undefined = undefined;
  readonly response: Promise<Response>;
  readonly body: ReadableStream<Uint8Array>;
  headBeforeWrite: Head | undefined = undefined;
  written = 0;
  respond!: (response: Response) => void;
  controller!: ReadableStreamDefaultController<Uint8Array>;
  taken: (() => void) | undefined = undefined;

  constructor() {
    super({ highWaterMark: 1000 });
    this.response = new Promise((resolve) => {
      this.respond = resolve;
    });
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.taken?.(),
        cancel: () => void this.destroy(),
      },
      { highWaterMark: 0 },
    );
    this.on("error", () => undefined);
  }

  override write(chunk: never, ...rest: never[]): boolean {
    if (this.headBeforeWrite !== undefined && this.head === undefined) {
      this.head = this.headBeforeWrite;
      const { statusCode, headers, cookies = [] } = this.head;
      const all = new Headers(headers);
      for (const cookie of cookies) all.append("set-cookie", cookie);
      this.respond(new Response(this.body, { status: statusCode, headers: all }));
    }
    return super.write(chunk, ...rest);
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.written += chunk.length;
    if (chunk.length > 0) this.controller.enqueue(new Uint8Array(chunk));
    if ((this.controller.desiredSize ?? 0) >= 0) done();
    else
      this.taken = () => {
        this.taken = undefined;
        done();
      };
  }

  override _final(done: () => void): void {
    this.controller.close();
    done();
  }
}

type Streamed = (event: LambdaEvent, stream: Invocation, context: LambdaContext) => Promise<void>;

/** The function as the runtime calls it. */
function streaming(methods: Partial<PingServiceHandler>): Streamed {
  globals.awslambda = {
    streamifyResponse: (handler: Streamed) => handler,
    HttpResponseStream: {
      from(stream: Invocation, head: Head) {
        stream.headBeforeWrite = head;
        return stream;
      },
    },
  };
  const handler = lambdaHandler([createPingServiceHandler({ ...pingService(), ...methods })], { streaming: true });
  return handler as unknown as Streamed;
}

function fetchFrom(handler: Streamed, invocations: Invocation[] = []) {
  return async (url: string, init: RequestInit): Promise<Response> => {
    const request = new Request(url, { ...init, duplex: "half" } as RequestInit);
    const stream = new Invocation();
    invocations.push(stream);
    const event = functionUrl.event(request, Buffer.from(await request.arrayBuffer()));
    const ended = handler(event, stream, { getRemainingTimeInMillis: () => 30_000 });
    return Promise.race([stream.response, ended.then(() => stream.response)]);
  };
}

function clientOf(fetch: ReturnType<typeof fetchFrom>, protocol = grpcWeb()) {
  return createPingServiceClient(createFetchTransport({ baseUrl: "https://lambda.example", fetch, protocol }));
}

afterEach(() => {
  delete globals.awslambda;
});

describe("lambdaHandler with streaming", () => {
  it("sends head and messages when they are there, and the end", async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const ping = clientOf(
      fetchFrom(
        streaming({
          async *countUp(_request, context) {
            context.responseHeaders.append("set-cookie", "a=1");
            context.sendHeaders();
            await gate;
            yield { number: 1n };
            yield { number: 2n };
            context.responseTrailers.set("x-end", "yes");
          },
        }),
      ),
    );
    const call = ping.countUp({ number: 2n });
    // The handler waits: only the head can have come.
    expect((await call.headers).getSetCookie()).toEqual(["a=1"]);
    go();
    const numbers: bigint[] = [];
    for await (const { number } of call) numbers.push(number);
    expect(numbers).toEqual([1n, 2n]);
    expect((await call.trailers).get("x-end")).toBe("yes");
  });

  it("answers unary calls, and requests whose answer has no body", async () => {
    const fetch = fetchFrom(streaming({}));
    expect((await clientOf(fetch).ping({ text: "hi" })).text).toBe("hi");
    const response = await fetch("https://lambda.example/ping.v1.PingService/Ping", { method: "DELETE" });
    expect(response.status).toBe(405);
    await response.text();
  });

  it("goes no faster than the client reads", async () => {
    const invocations: Invocation[] = [];
    const messages = 20_000;
    let yielded = 0;
    const fetch = fetchFrom(
      streaming({
        async *countUp() {
          for (; yielded < messages; yielded++) yield { number: 1n << 60n };
        },
      }),
      invocations,
    );
    const call = clientOf(fetch).countUp({ number: 1n });
    await call.headers;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    const before = yielded;
    let count = 0;
    for await (const _message of call) count++;
    expect(count).toBe(messages);
    expect(before).toBeLessThan(messages / 2);
  });

  it("tells the handler when the client has left", async () => {
    let told: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => {
      told = resolve;
    });
    const fetch = fetchFrom(
      streaming({
        async *countUp(_request, { signal }) {
          signal.addEventListener("abort", told);
          yield { number: 1n };
          await aborted;
        },
      }),
    );
    for await (const { number } of clientOf(fetch).countUp({ number: 1n })) {
      expect(number).toBe(1n);
      break;
    }
    await aborted;
  });

  it("rejects what is no HTTP request", async () => {
    await expect(streaming({})({} as never, new Invocation(), {})).rejects.toThrow("the event is not an HTTP request");
  });

  it("answers with the whole response where the runtime cannot stream", async () => {
    const handler = lambdaHandler([createPingServiceHandler(pingService())], { streaming: true });
    const ping = clientOf(fetchThrough(functionUrl, handler));
    expect((await ping.ping({ text: "hi" })).text).toBe("hi");
  });
});
