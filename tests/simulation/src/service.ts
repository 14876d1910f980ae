import {
  ConnectError,
  type HandlerContext,
  type HandlerOptions,
  type Kind as RpcKind,
  type ServiceHandler,
  type Spec,
} from "@connect-ts/runtime";
import { createServiceHandler } from "@connect-ts/runtime/codegen";
import { codecOf } from "@connect-ts/runtime/codegen/schema";
import {
  type PingRequest,
  PingRequestSchema,
  type PingResponse,
  PingResponseSchema,
} from "../../gen/src/ping/v1/ping_pb.js";
import { lookAt } from "./foreign.js";
import { type CallLog, dataOf, faultOfMessage, type RunLog, streamsRequests } from "./log.js";
import { oddAnswer } from "./oddities.js";
import type { Kind, MessagePlan, StopPlan } from "./plan.js";

/** What user code needs of the world. */
export interface Surroundings {
  readonly clock: { readonly clock: number; sleep(ms: number): Promise<void>; note(what: string): void };
  /** Of the call that a request is of. */
  logOf(headers: { get(name: string): string | null }): CallLog;
  /** Handlers look at all of their contexts. */
  readonly looks: boolean;
  /** Is opened at the end: who hangs goes on then. */
  readonly gate: Promise<void>;
}

const rpcKinds: Readonly<Record<Kind, RpcKind>> = {
  unary: "unary",
  idempotent: "unary",
  server: "server_streaming",
  client: "client_streaming",
  bidi: "bidi_streaming",
};

export type PingSpec = Spec<PingRequest, PingResponse>;

export const specs = Object.fromEntries(
  Object.entries(rpcKinds).map(([name, kind]) => [
    name,
    {
      procedure: `/simulated.Service/${name}`,
      kind,
      idempotency: name === "idempotent" ? "no_side_effects" : "unknown",
      input: codecOf(PingRequestSchema),
      output: codecOf(PingResponseSchema),
      options: {},
      serviceOptions: {},
    },
  ]),
) as unknown as Readonly<Record<Kind, PingSpec>>;

const typeName = "simulated.Service";
const descriptor = { kind: "service", typeName, methods: [{ name: "unary" }] };

/** How a service is made. */
interface Making {
  /** Its descriptor is imported when somebody asks for it. */
  readonly lazy: boolean;
  readonly options: HandlerOptions;
}

/** A service that does what the plan of each call says. */
export function serviceOf(
  world: Surroundings,
  { lazy, options }: Making = { lazy: false, options: {} },
): ServiceHandler {
  type Requests = Iterable<PingRequest> | AsyncIterable<PingRequest>;
  const answer = (requests: Requests, context: HandlerContext, streams: boolean): unknown => {
    const running = new Running(world, context);
    const { plan } = running.call;
    const odd = running.attempt(() => oddAnswer(plan.handler.oddity, world, running.call, context));
    if (odd !== undefined) return odd.answer;
    return streams ? running.stream(requests) : running.single(requests);
  };
  const one = (request: PingRequest, context: HandlerContext): unknown => answer([request], context, false);
  const implementation = {
    unary: one,
    idempotent: one,
    client: (requests: Requests, context: HandlerContext) => answer(requests, context, false),
    server: (request: PingRequest, context: HandlerContext) => answer([request], context, true),
    bidi: (requests: Requests, context: HandlerContext) => answer(requests, context, true),
  };
  const service = lazy ? { typeName, load: () => Promise.resolve(descriptor) } : descriptor;
  return createServiceHandler(service as never, specs as never, implementation, options);
}

/** One run of a handler. */
class Running {
  readonly world: Surroundings;
  readonly context: HandlerContext;
  readonly call: CallLog;
  readonly log: RunLog;

  constructor(world: Surroundings, context: HandlerContext) {
    this.world = world;
    this.context = context;
    this.call = world.logOf(context.requestHeaders);
    this.log = {
      startedAt: world.clock.clock,
      requests: [],
      requestsEnd: undefined,
      gave: 0,
      outcome: undefined,
      endedAt: undefined,
      abortedAt: undefined,
      reason: undefined,
      told: "",
    };
    this.call.runs.push(this.log);
    const { id, metadata } = this.call.plan;
    world.clock.note(`handler of ${id} runs`);
    const known = context.requestHeaders.get("x-default") === "of the client" || id === 1000;
    if (!known || (context.requestHeaders.get("x-meta") ?? "").length !== metadata)
      this.call.wrong.push("request metadata is not what was sent");
    const fault = world.looks ? lookAt(context, specs[this.call.plan.kind].procedure) : undefined;
    if (fault !== undefined) this.call.wrong.push(fault);
    context.signal.addEventListener("abort", () => {
      this.log.abortedAt ??= world.clock.clock;
      const error = ConnectError.from(context.signal.reason);
      this.log.reason = error.code;
      this.log.told = error.rawMessage;
      world.clock.note(`handler of ${id} is told ${this.log.reason}`);
    });
  }

  /** Something odd is done at once, which ends this run as far as it is known. */
  attempt<T>(act: () => T | undefined): T | undefined {
    try {
      const done = act();
      if (done !== undefined) this.over("closed");
      return done;
    } catch (error) {
      this.over(error);
      throw error;
    }
  }

  async single(requests: Iterable<PingRequest> | AsyncIterable<PingRequest>): Promise<unknown> {
    const { handler } = this.call.plan;
    try {
      await this.begin();
      await this.read(requests);
      await this.stop(0);
      const [answer] = handler.responses as [MessagePlan];
      await this.wait(answer.gap);
      this.log.gave = 1;
      const message = this.answer(0, answer.size);
      this.over("returned");
      return message;
    } catch (error) {
      this.over(error);
      throw error;
    }
  }

  async *stream(requests: Iterable<PingRequest> | AsyncIterable<PingRequest>): AsyncGenerator<unknown> {
    const { handler, kind } = this.call.plan;
    let reading: Promise<void> | undefined;
    try {
      await this.begin();
      if (kind === "bidi" && handler.echo) {
        reading = this.read(requests);
        reading.catch(() => undefined);
      } else await this.read(requests);
      for (const [index, { gap, size }] of handler.responses.entries()) {
        if (await this.stop(index)) break;
        await this.wait(gap);
        this.log.gave = index + 1;
        yield this.answer(index, size);
      }
      await this.stop(handler.responses.length);
      await reading;
      this.over("returned");
    } catch (error) {
      this.over(error);
      throw error;
    } finally {
      // It may have been told to return.
      this.over("closed");
    }
  }

  async begin(): Promise<void> {
    const { context } = this;
    const { wait, headersFirst, metadata } = this.call.plan.handler;
    if (metadata > 0) {
      context.responseHeaders.set("x-meta", "h".repeat(metadata));
      context.responseTrailers.set("x-meta-end", "t".repeat(metadata));
    }
    if (headersFirst) context.sendHeaders();
    await this.wait(wait);
  }

  async read(requests: Iterable<PingRequest> | AsyncIterable<PingRequest>): Promise<void> {
    const { plan, wrong } = this.call;
    const { reads, gap } = plan.handler;
    if (reads === 0) return;
    try {
      for await (const request of requests) {
        const index = this.log.requests.length;
        const fault = faultOfMessage(request, plan.id, index, plan.requests[index]?.size ?? -1);
        if (fault !== undefined) wrong.push(`the handler: ${fault}`);
        this.log.requests.push(index);
        this.world.clock.note(`handler of ${plan.id} has request ${index}`);
        if (this.log.requests.length >= reads) return;
        await this.wait(gap);
      }
      this.log.requestsEnd = "end";
    } catch (error) {
      this.log.requestsEnd = ConnectError.from(error).code;
      throw error;
    }
  }

  answer(index: number, size: number): unknown {
    const { id } = this.call.plan;
    return { number: BigInt(index), text: `call ${id}`, data: dataOf(id, index, size) };
  }

  wait(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return this.unlessOver(this.world.clock.sleep(ms));
  }

  /** What a handler with good manners does: it ends when its call is over. */
  unlessOver(waiting: Promise<void>): Promise<void> {
    if (this.call.plan.handler.deaf) return waiting;
    const { signal } = this.context;
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal.reason as Error);
      if (signal.aborted) return aborted();
      signal.addEventListener("abort", aborted, { once: true });
      void waiting.then(() => {
        signal.removeEventListener("abort", aborted);
        resolve();
      });
    });
  }

  /** Ends the handler as its plan says: true when it is to return. */
  async stop(at: number): Promise<boolean> {
    const { stop } = this.call.plan.handler;
    if (stop?.after !== at) return false;
    if (stop.how === "hang") await this.unlessOver(this.world.gate);
    return stopped(stop) === "return";
  }

  over(how: unknown): void {
    const { log, call, world } = this;
    if (log.outcome !== undefined) return;
    log.outcome = typeof how === "string" ? how : how instanceof ConnectError ? how.code : "internal";
    log.endedAt = world.clock.clock;
    world.clock.note(`handler of ${call.plan.id} ended: ${log.outcome}`);
  }
}

/** Throws what the plan says, or tells what else is to be done. */
export function stopped({ how, code }: StopPlan): StopPlan["how"] {
  if (how === "throw") throw new ConnectError(code ?? "unknown", "as planned");
  if (how === "throw plainly") throw new Error("as planned");
  if (how === "throw undefined") throw undefined;
  return how;
}

export const readsAll = ({ plan }: CallLog): boolean =>
  !streamsRequests(plan.kind) || plan.handler.reads > plan.requests.length;
