// Calls within one process around which interceptors and handlers do one thing each, and of which all is asked exactly.
import { ConnectError, connect, grpc, grpcWeb, type HandlerContext, type Interceptor } from "@connect-ts/runtime";
import {
  bidiStreamingMethod,
  bindTransport,
  clientStreamingMethod,
  createServiceHandler,
  serverStreamingMethod,
  unaryMethod,
} from "@connect-ts/runtime/codegen";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import type { PingResponse } from "../../gen/src/ping/v1/ping_pb.js";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { type Kind, kinds } from "./plan.js";
import { specs } from "./service.js";

/** What a caller and others see. */
interface Seen {
  readonly texts: string[];
  outcome: string;
  text: string;
  header: string | null;
  trailer: string | null;
  ms: number;
  runs: number;
  aborted: string | undefined;
  readonly reported: string[];
}

interface Setup {
  readonly client?: Interceptor;
  readonly handler?: Interceptor;
  /** What handlers do before they answer. */
  readonly before?: (context: HandlerContext) => Promise<void> | void;
  readonly context?: (context: HandlerContext) => unknown;
}

interface Metadata {
  get(name: string): string | null;
}
interface Single {
  readonly response: Promise<{ message: PingResponse; headers: Metadata; trailers: Metadata }>;
}
interface Streaming extends AsyncIterable<PingResponse> {
  readonly headers: Promise<Metadata>;
  readonly trailers: Promise<Metadata>;
}

const message = (text: string): never => ({ text, number: 0n, data: new Uint8Array(3) }) as never;
const isSingle = (kind: Kind): boolean => kind === "unary" || kind === "idempotent" || kind === "client";
const sides = ["client", "handler"] as const;
const descriptor = { kind: "service", typeName: "simulated.Service", methods: [{ name: "unary" }] };

/** Asks some things of calls, one after the other. */
export class ExactCalls {
  readonly clock: Ticker;
  readonly chance: Chance;
  readonly wrong: string[] = [];
  settled = false;

  constructor(clock: Ticker, chance: Chance) {
    this.clock = clock;
    this.chance = chance;
    void this.run();
  }

  finish(): readonly string[] {
    if (!this.settled) this.wrong.push("one does not end");
    return this.wrong.map((text) => `exact calls: ${text}`);
  }

  async run(): Promise<void> {
    const asked = ["answers", "answersError", "limitsTime", "leavesAttempt", "makesContext", "tellsOrphans"] as const;
    for (let n = 0; n < 4; n++) await this[this.chance.pick(asked)](this.chance.pick(kinds), this.chance.pick(sides));
    this.settled = true;
  }

  /** Makes a call, and waits for all that comes of it. */
  async call(kind: Kind, setup: Setup): Promise<Seen> {
    const { clock } = this;
    const seen = nothingSeen();
    const client = this.connect(setup, seen);
    const begun = clock.clock;
    try {
      await read(kind, client, seen);
      seen.outcome = "ok";
    } catch (error) {
      const { code, rawMessage } = ConnectError.from(error);
      Object.assign(seen, { outcome: code, text: rawMessage });
    }
    seen.ms = clock.clock - begun;
    await clock.sleep(20);
    return seen;
  }

  /** A client of a service within the process. */
  connect(setup: Setup, seen: Seen): ReturnType<typeof bindTransport> {
    const { chance } = this;
    const work = async (context: HandlerContext): Promise<void> => {
      seen.runs++;
      context.signal.addEventListener("abort", () => {
        seen.aborted = ConnectError.from(context.signal.reason).code;
      });
      context.responseHeaders.set("x-head", "handler");
      context.responseTrailers.set("x-end", "handler");
      await setup.before?.(context);
    };
    const one = async (_request: unknown, context: HandlerContext): Promise<unknown> => {
      await work(context);
      return message("handler");
    };
    async function* many(_request: unknown, context: HandlerContext): AsyncGenerator<unknown> {
      await work(context);
      yield message("handler");
      yield message("again");
    }
    const implementation = { unary: one, idempotent: one, client: one, server: many, bidi: many };
    const options = setup.context === undefined ? {} : { context: setup.context };
    const service = createServiceHandler(descriptor as never, specs as never, implementation, options as never);
    const transport = createInProcessTransport(service, {
      protocol: chance.pick([connect, grpc, grpcWeb])(),
      router: {
        interceptors: setup.handler === undefined ? [] : [setup.handler],
        onError: (error: unknown) => void seen.reported.push(String(error)),
      },
    });
    return bindTransport(transport, { interceptors: setup.client === undefined ? [] : [setup.client] });
  }

  must(holds: boolean, what: string, kind: Kind, seen: Seen): void {
    if (!holds) this.wrong.push(`${what}: ${kind} ${JSON.stringify(seen)}`);
  }

  /** `respond()` is the whole answer where there is one, and a mistake where responses stream. */
  async answers(kind: Kind, side: "client" | "handler"): Promise<void> {
    const after = this.chance.happens(0.4);
    let refused = "";
    const seen = await this.call(kind, {
      [side]: (async (call, next) => {
        if (after) await next();
        try {
          call.respond(message("interceptor"), { headers: { "x-own": "1" }, trailers: { "x-own-end": "2" } });
        } catch (error) {
          refused = ConnectError.from(error).rawMessage;
          throw error;
        }
      }) satisfies Interceptor,
    });
    const what = `respond() on the ${side} ${after ? "after" : "without"} next()`;
    this.must((refused === "") === isSingle(kind), `${what} says ${refused}`, kind, seen);
    if (!isSingle(kind)) return;
    this.must(seen.outcome === "ok" && seen.texts.join() === "interceptor", what, kind, seen);
    this.must(seen.runs === (after ? 1 : 0), `${what}, runs`, kind, seen);
  }

  /** An interceptor turns the error of a handler into an answer, or into another error. */
  async answersError(kind: Kind, side: "client" | "handler"): Promise<void> {
    const how = isSingle(kind) ? this.chance.pick(["ok", "aborted", "not_found"]) : "aborted";
    const codes: string[] = [];
    const seen = await this.call(kind, {
      before: () => Promise.reject(new ConnectError("not_found", "nothing is here")),
      [side]: ((call, next) =>
        next().catch((error: unknown) => {
          codes.push(ConnectError.from(error).code);
          if (how === "ok") return call.respond(message("interceptor"));
          throw how === "aborted" ? new ConnectError("aborted", "as planned") : error;
        })) satisfies Interceptor,
    });
    const what = `an error that becomes ${how} on the ${side}, told as ${codes}`;
    this.must(codes.join() === "not_found" && seen.outcome === how && seen.reported.length === 0, what, kind, seen);
    if (how === "ok") this.must(seen.texts.join() === "interceptor", what, kind, seen);
    else this.must(seen.text === (how === "aborted" ? "as planned" : "nothing is here"), what, kind, seen);
  }

  /** A deadline that an interceptor sets is the call's. */
  async limitsTime(kind: Kind, side: "client" | "handler"): Promise<void> {
    const ms = this.chance.whole(5, 100);
    const seen = await this.call(kind, {
      before: () => this.clock.sleep(500),
      [side]: ((call, next) => {
        call.setTimeoutMs(ms);
        return next();
      }) satisfies Interceptor,
    });
    const inTime = seen.ms >= ms - 1 && seen.ms <= ms + 5;
    const what = `a deadline of ${ms} ms that the ${side} sets`;
    const told = side === "client" ? "canceled" : "deadline_exceeded";
    this.must(seen.outcome === "deadline_exceeded" && inTime && seen.aborted === told, what, kind, seen);
  }

  /** An interceptor that does not wait for the attempt that it began leaves none behind. */
  async leavesAttempt(kind: Kind): Promise<void> {
    if (!isSingle(kind)) return;
    const seen = await this.call(kind, {
      before: () => this.clock.sleep(100),
      client: async (call, next) => {
        void next().catch(() => undefined);
        await this.clock.sleep(10);
        call.respond(message("interceptor"));
      },
    });
    const what = "an attempt that nobody waits for";
    this.must(seen.outcome === "ok" && seen.texts.join() === "interceptor" && seen.ms < 50, what, kind, seen);
    this.must(seen.runs === 1 && seen.aborted === "canceled", what, kind, seen);
  }

  /** Handlers that go on when their calls are over are told of: the first at once, and further ones once in a minute. */
  async tellsOrphans(kind: Kind): Promise<void> {
    const seen = nothingSeen();
    const goOn = (): Promise<void> => this.clock.sleep(300);
    const client = this.connect(
      {
        before: goOn,
        client: (call, next) => {
          call.setTimeoutMs(10);
          return next();
        },
      },
      seen,
    );
    const count = this.chance.whole(1, 3);
    for (let n = 0; n < count; n++) await read(kind, client, seen).catch(() => undefined);
    await this.clock.sleep(200);
    const first = seen.reported.length === 1 && seen.reported[0]?.includes("still runs 100 ms after") === true;
    this.must(first, `the first of ${count} handlers that go on`, kind, seen);
    await this.clock.sleep(60_500);
    const further = count === 1 ? undefined : `${count - 1} more handlers of ${specs[kind].procedure} ran on`;
    const right = further === undefined ? seen.reported.length === 1 : seen.reported[1]?.includes(further) === true;
    this.must(right, `further ones of ${count} handlers that go on`, kind, seen);
  }

  /** A service makes the context of its handlers: an object, of the one that it is given or of its own. */
  async makesContext(kind: Kind): Promise<void> {
    const how = this.chance.pick(["same", "copy", "number", "nothing", "null"] as const);
    let names = "";
    const seen = await this.call(kind, {
      context: (given) => {
        if (how === "same") return given;
        if (how === "copy") return { ...given, own: "something" };
        return { number: 5, nothing: undefined, null: null }[how];
      },
      before: (context) => {
        names = `${(context as { own?: string }).own} ${context.spec.procedure}`;
      },
    });
    const what = `a context that is ${how}, with ${names}`;
    const right = how === "same" || how === "copy";
    this.must((seen.outcome === "ok") === right, what, kind, seen);
    const own = how === "copy" ? "something" : "undefined";
    if (right) this.must(names === `${own} ${specs[kind].procedure}` && seen.header === "handler", what, kind, seen);
    else {
      const told = seen.reported.length === 1 && seen.reported[0]?.includes("expected an object") === true;
      this.must(seen.outcome === "internal" && seen.runs === 0 && told, what, kind, seen);
    }
  }
}

function nothingSeen(): Seen {
  return {
    ...{ texts: [], outcome: "none", text: "", header: null, trailer: null },
    ...{ ms: 0, runs: 0, aborted: undefined, reported: [] },
  };
}

/** Reads all that a call gives. */
async function read(kind: Kind, client: ReturnType<typeof bindTransport>, seen: Seen): Promise<void> {
  const spec = specs[kind];
  const requests = [message("request 0"), message("request 1")] as const;
  if (isSingle(kind)) {
    const given =
      kind === "client"
        ? clientStreamingMethod(client, spec)(requests as never)
        : unaryMethod(client, spec)(requests[0]);
    const { message: answer, headers, trailers } = await (given as never as Single).response;
    seen.texts.push(answer.text);
    Object.assign(seen, { header: headers.get("x-head"), trailer: trailers.get("x-end") });
    return;
  }
  const given =
    kind === "server"
      ? serverStreamingMethod(client, spec)(requests[0])
      : bidiStreamingMethod(client, spec)(requests as never);
  const stream = given as never as Streaming;
  for await (const { text } of stream) seen.texts.push(text);
  seen.header = (await stream.headers).get("x-head");
  seen.trailer = (await stream.trailers).get("x-end");
}
