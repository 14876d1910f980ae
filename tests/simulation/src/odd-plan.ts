// The ways of user code that does what nobody should, as names for plans.
import type { Chance } from "./chance.js";

export const callerOddities = [
  "bad timeout",
  "unknown option",
  "bad headers",
  "aborted before",
  "timed out before",
  "aborted with an error",
  "parent",
  "parent without time",
  "values",
  "bad request",
  "proxy that throws",
  "return throws",
  "return rejects",
  "no return",
  "yields nothing",
  "sends headers",
  "sends after the end",
  "bad option of send",
  "bad message",
  "throws into it",
  "returns at once",
  "disposes",
  "cancels twice",
  "reads on",
  "waits twice",
] as const;
export type CallerOddity = (typeof callerOddities)[number];

export const handlerOddities = [
  "gives undefined",
  "gives a number",
  "gives a promise",
  "gives promises",
  "gives no message",
  "throws an AbortError",
  "throws a frozen error",
  "throws strange metadata",
  "return throws",
  "return rejects",
  "return hangs",
  "many fields",
  "strange fields",
  "late headers",
] as const;
export type HandlerOddity = (typeof handlerOddities)[number];

export const interceptorOddities = [
  "replaces",
  "answers without next",
  "throws in between",
  "answers",
  "answers an error",
  "answers badly",
  "answers late",
  "returns",
  "does not wait",
  "swallows",
  "throws",
  "throws after",
  "twice",
  "again after an error",
  "again when it is over",
  "hook throws",
  "hook of responses throws",
  "hook of heads throws",
  "bad timeout",
  "deaf",
] as const;
export type InterceptorOddity = (typeof interceptorOddities)[number];

/** What is odd about a whole world: then all of its calls are judged by little. */
export interface OddPlan {
  readonly client: readonly InterceptorOddity[];
  readonly handler: readonly InterceptorOddity[];
  /** The client's transport is not ours, and does anything. */
  readonly transport: boolean;
  /** Compressions fail now and then. */
  readonly compression: boolean;
}

export const notOdd: OddPlan = { client: [], handler: [], transport: false, compression: false };

export function isOddWorld({ client, handler, transport, compression }: OddPlan): boolean {
  return transport || compression || client.length + handler.length > 0;
}

export function oddOf(chance: Chance): OddPlan {
  const some = (): InterceptorOddity[] =>
    Array.from({ length: chance.whole(1, 2) }, () => chance.pick(interceptorOddities));
  const kind = chance.weighted({ client: 3, handler: 3, both: 1, transport: 2, compression: 1 });
  return {
    client: kind === "client" || kind === "both" ? some() : [],
    handler: kind === "handler" || kind === "both" ? some() : [],
    transport: kind === "transport",
    compression: kind === "compression",
  };
}
