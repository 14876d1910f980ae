// Interceptors of plans: what they see has to fit to what callers and handlers see.
import {
  type Call,
  type ConnectError,
  type Interceptor,
  type MessageInfo,
  unaryInterceptor,
} from "@connect-ts/runtime";
import type { CallLog } from "./log.js";
import type { SetupPlan } from "./plan.js";
import type { Surroundings } from "./service.js";

export type InterceptorName = SetupPlan["interceptors"][number];

/** @param again - one of the client's interceptors runs calls again: those of the first run see nothing of the second */
export function interceptor(
  world: Surroundings,
  name: InterceptorName,
  side: "client" | "handler",
  again: boolean,
): Interceptor {
  const { clock } = world;
  const passed = new WeakMap<Call, number>();
  const unary = unaryInterceptor((call, request, run) => {
    passed.set(call, (passed.get(call) ?? 0) + 1);
    return run(request);
  });
  return async (call, next) => {
    const log = world.logOf(call.requestHeaders);
    log.begun[side]++;
    if (name === "wait") await clock.sleep(3);
    if (name === "deadline") call.setTimeoutMs(5_000);
    if (name === "looks") look(call, log);
    const hooks = name === "hooks" ? new HookLog(call, log, again) : undefined;
    if (call.status === "ok" && !again) log.wrong.push("a call went well before it ran");
    void call.done.then(() => {
      hooks?.judge();
      const times = passed.get(call) ?? 0;
      if (name === "unary" && !again && call.status === "ok" && times !== Number(call.spec.kind === "unary"))
        log.wrong.push(`a unary interceptor ran ${times} times around a ${call.spec.kind} call`);
      log[side].push({ status: call.status, stats: { ...call.stats }, at: clock.clock });
    });
    try {
      await (name === "again" ? runTwice(next) : name === "unary" ? unary(call, next) : next());
      // Whoever goes on for long when the call is canceled is not waited for.
      if (call.status !== "ok" && !call.signal.aborted)
        log.wrong.push(`a call that went well has the status ${call.status} on the ${side}`);
    } catch (error) {
      const { status } = call;
      if (status === "ok" || status === undefined) log.wrong.push(`a call that failed has the status ${status}`);
      throw error;
    } finally {
      if (name === "wait") await clock.sleep(2);
    }
  };
}

/** What hooks give in place of a message: only an object can be one, and nothing else changes it. */
const givenBack = [undefined, null, 5, "text"] as const;

/** What the hooks of one interceptor see of a call. */
class HookLog {
  readonly call: Call;
  readonly log: CallLog;
  readonly again: boolean;
  readonly seen = { request: 0, response: 0 };
  readonly bytes = { request: 0, response: 0 };
  heads = 0;

  constructor(call: Call, log: CallLog, again: boolean) {
    this.call = call;
    this.log = log;
    this.again = again;
    call.onResponseHeaders(() => {
      this.heads++;
    });
    call.onRequest((message, info) => this.saw("request", message, info));
    call.onResponse(async (message, info) => {
      const given = this.saw("response", message, info);
      await Promise.resolve();
      return given;
    });
  }

  saw<T>(what: "request" | "response", message: T, { index, bytes, compressed }: MessageInfo): T {
    const { call, log, again, seen } = this;
    if (index !== seen[what]++ && !again) log.wrong.push(`a hook on the ${call.side} saw ${what} ${index} out of turn`);
    this.bytes[what] += bytes;
    const received = what === (call.side === "client" ? "response" : "request");
    if (received && typeof compressed !== "boolean") log.wrong.push(`a ${what} came compressed: ${compressed}`);
    return index % 2 === 0 ? message : (givenBack[(index >> 1) % givenBack.length] as T);
  }

  /** When the call is over. */
  judge(): void {
    const { call, log, again, heads, seen, bytes } = this;
    const { side, stats } = call;
    if (again || call.status !== "ok") return;
    if (heads !== 1) log.wrong.push(`a hook saw ${heads} heads on the ${side}`);
    const [seenHere, told] =
      side === "client" ? [bytes.response, stats.responseBytes] : [bytes.request, stats.requestBytes];
    if (seenHere !== told) log.wrong.push(`hooks on the ${side} saw ${seenHere} bytes, and ${told} are counted`);
    const counted = side === "client" ? [seen.response, stats.responseMessages] : [seen.request, stats.requestMessages];
    if (counted[0] !== counted[1]) log.wrong.push(`hooks on the ${side} saw ${counted[0]} of ${counted[1]} messages`);
  }
}

/** Another one than what came takes the place of each message, and all members are read. */
function look(call: Call, log: CallLog): void {
  const { peer, url, values, signal, requestHeaders, responseHeaders, responseTrailers, spec } = call;
  const members: readonly unknown[] = [peer, values, signal, requestHeaders, responseHeaders, responseTrailers];
  if (members.includes(undefined) || (url === undefined) !== (call.side === "client"))
    log.wrong.push(`the call of an interceptor on the ${call.side} lacks a member`);
  const left = call.timeoutMs();
  if (left !== undefined && !Number.isFinite(left)) log.wrong.push(`${left} ms are left on the ${call.side}`);
  const another =
    (type: string) =>
    (message: object, { bytes }: MessageInfo) => {
      if (!(bytes >= 0)) log.wrong.push(`a message of ${bytes} bytes on the ${call.side}`);
      return { ...message, $typeName: type };
    };
  call.onRequest(another(spec.input.typeName));
  call.onResponse(another(spec.output.typeName));
}

async function runTwice(next: () => Promise<void>): Promise<void> {
  try {
    await next();
  } catch (error) {
    if ((error as ConnectError).code !== "unavailable") throw error;
    await next();
  }
}
