// Interceptors of plans: what they see has to fit to what callers and handlers see.
import type { Call, ConnectError, Interceptor, MessageInfo } from "@connect-ts/runtime";
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
  return async (call, next) => {
    const log = world.logOf(call.requestHeaders);
    log.begun[side]++;
    if (name === "wait") await clock.sleep(3);
    if (name === "deadline") call.setTimeoutMs(5_000);
    if (name === "looks") look(call, log);
    let heads = 0;
    if (name === "hooks") {
      call.onResponseHeaders(() => {
        heads++;
      });
      const seen = { request: 0, response: 0 };
      call.onRequest((message, { index }) => {
        if (index !== seen.request++ && !again)
          log.wrong.push(`a hook on the ${side} saw request ${index} out of turn`);
        return message;
      });
      call.onResponse(async (message, { index }) => {
        if (index !== seen.response++ && !again)
          log.wrong.push(`a hook on the ${side} saw response ${index} out of turn`);
        await Promise.resolve();
        return message;
      });
    }
    void call.done.then(() => {
      const { requestMessages, responseMessages } = call.stats;
      if (name === "hooks" && !again && call.status === "ok" && heads !== 1)
        log.wrong.push(`a hook saw ${heads} heads on the ${side}`);
      log[side].push({ status: call.status, stats: { requestMessages, responseMessages }, at: clock.clock });
    });
    try {
      await (name === "again" ? runTwice(next) : next());
    } finally {
      if (name === "wait") await clock.sleep(2);
    }
  };
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
