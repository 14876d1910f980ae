// An HTTP stack as users write them: it answers a client of ours with anything, and does what its interface forbids.
import {
  type Compression,
  ConnectError,
  connect,
  createContextValues,
  grpc,
  grpcWeb,
  HeaderMap,
  isCode,
  json,
} from "@connect-ts/runtime";
import {
  bidiStreamingMethod,
  clientStreamingMethod,
  serverStreamingMethod,
  unaryMethod,
} from "@connect-ts/runtime/codegen";
import {
  bindClient,
  createTransport,
  type HttpClient,
  type HttpClientStream,
  type HttpFailure,
  type HttpRequestHead,
  type HttpResponseSink,
  type TransportOptions,
} from "@connect-ts/runtime/transport";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { logOf } from "./log.js";
import { interceptorOddities } from "./odd-plan.js";
import { badRequest, oddInterceptor } from "./oddities.js";
import { type CallPlan, type Kind, kinds } from "./plan.js";
import { type PingSpec, type Surroundings, specs } from "./service.js";
import { strangeResponse } from "./strange-servers.js";

const planned = (): Error => new Error("as planned");

/** Errors that cannot be changed, and that tell little. */
function thrown(chance: Chance): unknown {
  const error = chance.happens(0.5) ? planned() : new ConnectError("aborted", "as planned");
  const stack = chance.pick([undefined, "no frames", error.stack]);
  if (chance.happens(0.5)) Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return chance.happens(0.3) ? Object.freeze(error) : error;
}

const failures: readonly HttpFailure[] = [
  { reason: "connect", message: "as planned", unprocessed: true, unsent: true },
  { reason: "connect", message: "as planned" },
  { reason: "lost", message: "as planned" },
  { reason: "lost", message: "as planned", stale: true },
  { reason: "lost", message: "as planned", unprocessed: true },
  { reason: "reset", message: "as planned", resetCode: 8 },
  { reason: "limit", message: "as planned" },
  { reason: "unsupported", message: "as planned" },
  undefined as never,
  { reason: 5, message: 5 } as never,
];

/** One exchange: its events come in any order, some of them twice. */
class UserExchange implements HttpClientStream {
  readonly chance: Chance;
  readonly clock: Ticker;
  readonly sink: HttpResponseSink;
  readonly request: HttpRequestHead;
  /** Events that a stack must not give are given. */
  readonly wild: boolean;
  over = false;
  pausedAt: number | undefined;

  constructor(clock: Ticker, chance: Chance, request: HttpRequestHead, sink: HttpResponseSink, wild: boolean) {
    this.clock = clock;
    this.chance = chance;
    this.request = request;
    this.sink = sink;
    this.wild = wild;
    void this.answer();
  }

  maybeThrow(): void {
    if (this.wild && this.chance.happens(0.08)) throw thrown(this.chance);
  }

  flushHead(): void {
    this.maybeThrow();
  }

  write(_bytes: Uint8Array): boolean {
    this.maybeThrow();
    if (this.chance.happens(0.7)) return true;
    void this.clock.sleep(this.chance.scale(0, 40)).then(() => this.over || this.sink.drain());
    return false;
  }

  end(_bytes?: Uint8Array): void {
    this.maybeThrow();
  }

  cancel(): void {
    if (!this.wild) this.over = true;
    if (this.wild && this.chance.happens(0.3)) throw planned();
  }

  pause(): void {
    this.maybeThrow();
  }

  resume(): void {
    this.maybeThrow();
  }

  remote(): ReturnType<HttpClientStream["remote"]> {
    const tls = { authorized: true } as never;
    const httpVersion = this.chance.pick(["1.1", "2", undefined] as const);
    return this.chance.pick([undefined, { httpVersion }, { address: "1.2.3.4:5", httpVersion, tls }]);
  }

  async answer(): Promise<void> {
    const { chance, clock, sink, request } = this;
    const types = chance.happens(0.85) ? [request.headers.get("content-type") ?? "application/proto"] : undefined;
    const { status, headers, body, trailers } = strangeResponse(chance, types);
    await clock.sleep(chance.scale(0, chance.pick([40, 40, 600])));
    const map = new HeaderMap(headers.map(([name, value]) => [name, value] as [string, string]));
    const events: (() => void)[] = [
      () => sink.head(status, this.wild && chance.happens(0.05) ? (undefined as never) : map),
      ...body.map((part) => () => sink.data(part)),
      () => sink.end(trailers.length === 0 ? undefined : new HeaderMap(trailers.map(([n, v]) => [n, v]))),
    ];
    if (chance.happens(0.35)) {
      const failure = chance.pick(failures);
      events.splice(chance.whole(0, events.length), chance.whole(0, 9), () => sink.error(failure));
    }
    if (this.wild && chance.happens(0.5)) {
      const first = chance.pick(events);
      events.splice(chance.whole(0, events.length), 0, first);
    }
    if (this.wild && chance.happens(0.3)) events.splice(chance.whole(0, events.length), 1);
    if (this.wild && chance.happens(0.3)) events.push(() => sink.drain());
    // A stack that forgets a request leaves it to its deadline.
    for (const event of events) {
      if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 40));
      if (this.over) return;
      event();
    }
  }
}

/** Compressions of users, which are done at once, later, or not at all. */
function userCompression(clock: Ticker, chance: Chance): Compression {
  const give = (bytes: Uint8Array): Uint8Array | Promise<Uint8Array> => {
    if (chance.happens(0.1)) throw planned();
    if (chance.happens(0.1)) return Promise.reject(planned());
    if (chance.happens(0.1)) throw new ConnectError("invalid_argument", "as planned");
    return chance.happens(0.5) ? bytes : clock.sleep(chance.scale(0, 20)).then(() => bytes);
  };
  return { name: "gzip", compress: give, decompress: give };
}

/** Calls over such a stack. They end, with an error of ours or without one. */
export class UserHttp {
  readonly clock: Ticker;
  readonly chance: Chance;
  readonly wrong: string[] = [];
  readonly begun: number;
  readonly wild: boolean;
  open = 0;

  constructor(clock: Ticker, chance: Chance) {
    this.clock = clock;
    this.chance = chance;
    this.begun = clock.clock - clock.stoodStillMs;
    this.wild = chance.happens(0.6);
    // As in a browser's page.
    if (chance.happens(0.2)) Object.defineProperty(globalThis, "location", { value: {}, configurable: true });
    for (let n = chance.whole(4, 10); n > 0; n--) this.call(chance.pick(kinds));
    this.callUnbound();
  }

  /** A transport of a user's passes on less than it was given. */
  callUnbound(): void {
    try {
      this.transport().stream({ spec: specs.bidi } as never);
      this.wrong.push("a call without openStream is taken");
    } catch (error) {
      if (!(error instanceof ConnectError)) this.wrong.push(`it throws ${String(error)}`);
    }
  }

  get settled(): boolean {
    return this.open === 0 || this.clock.clock - this.clock.stoodStillMs > this.begun + 60_000;
  }

  finish(): readonly string[] {
    Reflect.deleteProperty(globalThis, "location");
    if (this.open > 0) this.wrong.push(`${this.open} calls do not end`);
    return this.wrong.map((text) => `a user's HTTP stack: ${text}`);
  }

  transport(): ReturnType<typeof createTransport> {
    const { chance, clock } = this;
    const maybe = <T>(value: () => T): T | undefined => (chance.happens(0.4) ? value() : undefined);
    const http: HttpClient = {
      origin: "http://user.test",
      headerLimits: chance.pick([undefined, { maxHeaderBytes: 40, maxHeaderPairs: 2 }]) as never,
      request: (head, sink) => {
        if (this.wild && chance.happens(0.05)) throw planned();
        return new UserExchange(clock, chance, head, sink, this.wild);
      },
      close: () => undefined,
    };
    const options: TransportOptions = {
      baseUrl: chance.pick(["http://user.test", "https://user.test/below/"]),
      protocol: maybe(() => chance.pick([connect({ useHttpGet: true }), grpc(), grpcWeb()])),
      codec: maybe(() => json()),
      sendCompression: maybe(() => userCompression(clock, chance)),
      acceptCompression: maybe(() => [userCompression(clock, chance)]),
      compressMinBytes: maybe(() => 0),
      readMaxBytes: maybe(() => chance.scale(0, 100)),
      decodedMaxBytes: maybe(() => chance.pick([Number.POSITIVE_INFINITY, 65_536])),
      allowHalfDuplexBidiOverHttp1: maybe(() => true),
    };
    return createTransport({ ...options, http });
  }

  call(kind: Kind): void {
    const { chance, clock } = this;
    const spec = specs[kind];
    const log = logOf({ id: 3000, kind, handler: { responses: [{ size: 5, gap: 0 }] } } as never as CallPlan);
    const world = { clock, logOf: () => log } as never as Surroundings;
    const names = chance.happens(0.4) ? [chance.pick(interceptorOddities), chance.pick(interceptorOddities)] : [];
    const options = {
      interceptors: names.map((name) => oddInterceptor(name, world)),
      replayBytes: chance.pick([undefined, 0, 1000]),
    };
    this.open++;
    // A deadline ends what a stack forgets.
    const limits = {
      timeoutMs: chance.scale(50, 2000),
      waitForReady: chance.happens(0.3),
      values: chance.pick([undefined, createContextValues()]),
    };
    this.run(kind, spec, options, limits).then(
      () => this.open--,
      (error: unknown) => {
        this.open--;
        if (!(error instanceof ConnectError)) this.wrong.push(`a call ends with ${String(error)}`);
        else this.read(error);
      },
    );
  }

  /** Errors are printed, and their stacks are changed by test runners. */
  read(error: ConnectError): void {
    const { code, stack } = error;
    if (!isCode(code)) this.wrong.push(`an error with the code ${code}: ${stack}`);
    if (!Object.isFrozen(error) && this.chance.happens(0.2)) error.stack = "another";
  }

  async run(kind: Kind, spec: PingSpec, options: object, limits: object): Promise<void> {
    const { chance } = this;
    const client = { transport: this.transport(), options };
    const request = (): never => {
      if (chance.happens(0.05)) return badRequest();
      return { number: 0n, text: "x".repeat(chance.scale(0, 300)) } as never;
    };
    const requests = Array.from({ length: chance.scale(0, 300) }, () => ({ text: "several" }));
    const bound = bindClient(client.transport, client.options);
    switch (kind) {
      case "unary":
      case "idempotent":
        await ((chance.happens(0.5) ? unaryMethod(client, spec) : bound.unary(spec))(request(), limits) as Answer);
        return;
      case "server":
        return this.stream(serverStreamingMethod(client, spec)(request(), limits));
      case "client":
        if (chance.happens(0.2)) await (bound.clientStreaming(spec)(5, limits) as Answer);
        else if (chance.happens(0.5)) await (clientStreamingMethod(client, spec)(requests, limits) as Answer);
        else {
          const stream = clientStreamingMethod(client, spec)(undefined, limits) as never as Sending;
          this.send(stream, request);
          await stream.response;
        }
        return;
      default: {
        if (chance.happens(0.3)) return this.stream(bidiStreamingMethod(client, spec)(requests, limits));
        const stream = bidiStreamingMethod(client, spec)(undefined, limits) as never as Sending;
        this.send(stream, request);
        return this.stream(stream as never);
      }
    }
  }

  /** Sends without waiting, with a pause or without one, and now and then much. */
  send(stream: Sending, request: () => never): void {
    const { chance, clock } = this;
    const quiet = (promise: Promise<unknown>): void => void promise.catch(() => undefined);
    if (chance.happens(0.3)) stream.sendHeaders();
    for (let n = chance.scale(0, 10); n > 0; n--)
      quiet(stream.send(chance.happens(0.1) ? ({ data: new Uint8Array(200_000) } as never) : request()));
    void clock.sleep(chance.scale(0, 100)).then(() => {
      quiet(stream.send(request()));
      stream.closeSend();
    });
  }

  async stream(stream: never): Promise<void> {
    const { chance, clock } = this;
    const given = stream as never as Receiving;
    if (chance.happens(0.3)) await clock.sleep(chance.scale(0, 100));
    if (chance.happens(0.5)) void Promise.allSettled([given.headers, given.headers, given.trailers]);
    if (chance.happens(0.2)) void clock.sleep(chance.scale(0, 60)).then(() => given.cancel());
    for await (const _message of given) {
      if (chance.happens(0.2)) await clock.sleep(chance.scale(0, 60));
    }
    await Promise.allSettled([given.headers, given.trailers]);
  }
}

type Answer = Promise<unknown>;

interface Receiving extends AsyncIterable<unknown> {
  readonly headers: Promise<unknown>;
  readonly trailers: Promise<unknown>;
  cancel(): void;
}

interface Sending {
  readonly response: Promise<unknown>;
  send(message: never): Promise<void>;
  sendHeaders(): void;
  closeSend(): void;
}
