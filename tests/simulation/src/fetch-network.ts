// The seam of fetch: requests of a fetch transport go over simulated lines to a `fetchHandler`, as a platform would carry them.
import { type FetchHandler, type FetchHandlerOptions, fetchHandler } from "@connect-ts/runtime/fetch";
import type { ServeOptions } from "@connect-ts/runtime/node";
import { Chance } from "./chance.js";
import type { InnerServer } from "./listener.js";
import { type Connection, Network } from "./network.js";
import { type End, type Pipe, resetError } from "./socket.js";
import { strangeResponse } from "./strange-servers.js";

/** What is sent before a body, with its length in four bytes before it. */
interface Head {
  readonly status?: number;
  readonly method?: string;
  readonly url?: string;
  readonly headers: [string, string][];
}

type FetchAnswer = (request: Request) => Promise<Response>;

/** Each request has lines of its own. */
export class FetchNetwork extends Network {
  handler: FetchHandler | undefined;

  /** @param visits - it is a stranger who asks */
  fetch(url: string, init: RequestInit, visits = false): Promise<Response> {
    const { clock } = this;
    const { signal } = init;
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal?.reason as Error);
      if (signal?.aborted) return aborted();
      signal?.addEventListener("abort", aborted, { once: true });
      if (clock.clock < this.silentUntil) return;
      const [low] = this.setup.requestLine.latency;
      clock.at(clock.clock + 2 * low + this.slowMs, "network", "connects", () => {
        if (signal?.aborted) return;
        const handler = visits ? this.handler : this.answering();
        if (clock.clock < this.refusedUntil || handler === undefined) reject(lost());
        else this.exchange(handler, url, init, resolve, reject, visits);
      });
    });
  }

  /** Who answers our client. */
  answering(): FetchAnswer | undefined {
    if (this.strangeNext === 0) return this.handler;
    const number = this.connections.length;
    const chance = new Chance(`${this.key} ${number} strange`);
    this.strangeNext--;
    this.onStranger(number);
    return async () => {
      const { status, headers, body } = strangeResponse(chance);
      await this.clock.sleep(chance.scale(0, 40));
      const bytes = status === 204 || status === 304 ? null : Buffer.concat(body);
      return new Response(bytes, { status, headers: headers.map(([name, value]) => [name, value]) });
    };
  }

  exchange(
    handler: FetchAnswer,
    url: string,
    init: RequestInit,
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
    visits: boolean,
  ): void {
    const { signal, body, method = "GET" } = init;
    const left = new AbortController();
    const client = new FetchEnd("client", (head, stream) => {
      const { status = 500 } = head;
      const response = [204, 304].includes(status) ? null : stream;
      resolve(new Response(response, { status, headers: head.headers }));
    });
    const server = new FetchEnd("server", (head, stream) => {
      const request = {
        method: head.method ?? "",
        headers: head.headers,
        body: head.method === "GET" ? null : stream,
        signal: left.signal,
        duplex: "half" as const,
      };
      void this.answer(handler, new Request(head.url ?? "", request), server, connection);
    });
    const connection = this.join(client, server);
    if (visits) this.strangers.add(connection.number);
    const { requests, responses } = connection;
    client.into = responses;
    server.into = requests;
    // Whoever ends early is heard of at the other side.
    client.onLost = (reason, error) => {
      reject(reason);
      requests.drop();
      if (error === undefined) this.later(requests, () => server.destroy(resetError()));
    };
    server.onLost = () => {
      responses.drop();
      // Some hosts tell of it by the body alone, when there is one that has not come to its end.
      if (server.ended || method === "GET" || connection.number % 2 === 0) left.abort(new Error("the client is gone"));
    };
    signal?.addEventListener("abort", () => client.destroy(signal.reason as Error, true), { once: true });
    if (signal?.aborted) return;
    const headers = init.headers as [string, string][];
    requests.write(encoded({ method, url, headers }), () => undefined);
    void send(requests, body as Uint8Array | ReadableStream<Uint8Array> | undefined, () => client.destroy(lost()));
  }

  async answer(handler: FetchAnswer, request: Request, server: FetchEnd, connection: Connection): Promise<void> {
    const { responses, client } = connection;
    try {
      const response = await handler(request);
      const { status } = response;
      responses.write(encoded({ status, headers: [...response.headers] }), () => undefined);
      const sent = await send(responses, response.body, () => this.later(responses, () => client.destroy(lost())));
      if (sent) server.done();
    } catch (error) {
      this.handlerFailed(error);
    }
  }

  handlerFailed: (error: unknown) => void = () => undefined;

  later(pipe: Pipe, run: () => void): void {
    this.clock.at(this.clock.clock + pipe.line.latency[0], "network", "is told", run);
  }

  override start(options: ServeOptions): Promise<InnerServer> {
    const { compressions, compressMinBytes, readMaxBytes, interceptors, onError, handlers } = options;
    const { sendMaxBytes, sendMaxHeaderBytes, maxTimeoutMs, pathPrefix, cors, onRouteError } = options;
    const own: FetchHandlerOptions = {
      ...{ compressions, compressMinBytes, readMaxBytes, interceptors, onError },
      ...{ sendMaxBytes, sendMaxHeaderBytes, maxTimeoutMs, pathPrefix, cors, onRouteError },
    };
    const handler = fetchHandler(handlers as Parameters<typeof fetchHandler>[0] & readonly unknown[], own);
    this.handler = handler;
    this.listener = () => undefined;
    const stop = (): Promise<void> => {
      if (this.handler === handler) this.handler = this.listener = undefined;
      return Promise.resolve();
    };
    // What a handler has under way is not told; that each run has ended is seen by the logs.
    const none = { active: 0, orphans: 0 };
    const server = {
      router: none,
      calls: none,
      connections: { all: new Set() },
      sockets: { size: 0 },
      drain: stop,
      close: stop,
    };
    return Promise.resolve(server as unknown as InnerServer);
  }
}

/** Takes a head and then a body, which is a stream of the platform's. */
class FetchEnd implements End {
  readonly name: string;
  readonly begin: (head: Head, body: ReadableStream<Uint8Array>) => void;
  destroyed = false;
  bytesRead = 0;
  into: Pipe | undefined;
  head: Uint8Array | undefined = new Uint8Array(0);
  controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** @param error - undefined when it was this side that left */
  onLost: (reason: unknown, error: Error | undefined) => void = () => undefined;
  ended = false;

  constructor(name: string, begin: (head: Head, body: ReadableStream<Uint8Array>) => void) {
    this.name = name;
    this.begin = begin;
  }

  push(bytes: Uint8Array | null): boolean {
    if (bytes === null) {
      if (this.head !== undefined) this.destroy(lost());
      else this.controller?.close();
      this.ended = true;
      if (this.name === "client") this.destroyed = true;
      return false;
    }
    if (this.head === undefined) this.controller?.enqueue(Uint8Array.from(bytes));
    else this.takeHead(Buffer.concat([this.head, bytes]));
    return this.controller === undefined || (this.controller.desiredSize ?? 1) > 0;
  }

  takeHead(bytes: Buffer): void {
    this.head = bytes;
    const size = bytes.byteLength < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(0);
    if (bytes.byteLength < 4 + size) return;
    this.head = undefined;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.into?.wanted(),
        cancel: (reason) => {
          if (this.ended || this.destroyed) return;
          // A server reads no more of a request that it has answered; a client that wants no more of a response has left.
          if (this.name === "client") this.destroy(reason as Error, true);
          else this.into?.drop();
        },
      },
      { highWaterMark: 65_536, size: (chunk) => chunk.byteLength },
    );
    try {
      this.begin(JSON.parse(bytes.toString("latin1", 4, 4 + size)) as Head, stream);
    } catch {
      this.destroy(lost());
      return;
    }
    if (bytes.byteLength > 4 + size) this.controller?.enqueue(Uint8Array.from(bytes.subarray(4 + size)));
  }

  /** A server's response is on its way. */
  done(): void {
    this.destroyed = true;
    this.into?.drop();
  }

  /** @param own - it leaves by itself */
  destroy(error?: Error, own = false): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.into?.drop();
    const reason = error ?? lost();
    try {
      if (!this.ended) this.controller?.error(reason);
    } catch {
      // It was closed or canceled before.
    }
    this.onLost(reason, own ? undefined : reason);
  }
}

/** Sends a body to its end. False: it broke off, or nobody takes it. */
async function send(
  pipe: Pipe,
  body: Uint8Array | ReadableStream<Uint8Array> | null | undefined,
  broken: () => void,
): Promise<boolean> {
  const written = (bytes: Uint8Array): Promise<void> => new Promise((taken) => pipe.write(bytes, taken));
  if (body instanceof ReadableStream) {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (pipe.broken) {
          await reader.cancel(lost());
          return false;
        }
        await written(value);
      }
    } catch {
      broken();
      return false;
    }
  } else if (body !== undefined && body !== null && body.byteLength > 0) await written(body);
  pipe.end();
  return true;
}

function encoded(head: Head): Uint8Array {
  const text = Buffer.from(JSON.stringify(head), "latin1");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.byteLength);
  return Buffer.concat([size, text]);
}

/** What Node's fetch fails with. */
function lost(): Error {
  return Object.assign(new TypeError("fetch failed"), { cause: resetError() });
}
