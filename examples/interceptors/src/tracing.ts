// One interceptor of the examples, to copy.
import { AsyncLocalStorage } from "node:async_hooks";
import type { Interceptor } from "@connect-ts/runtime";

/** A span of a trace, as much of it as is needed to show the idea. */
export interface Span {
  readonly name: string;
  readonly traceId: string;
}

// #region tracing
export const currentSpan: AsyncLocalStorage<Span> = new AsyncLocalStorage();

/** Runs each call in a span: handlers, their generators and hooks see it; clients send it on. */
export const trace: Interceptor = (call, next) => {
  const parent = currentSpan.getStore()?.traceId ?? call.requestHeaders.get("trace-id");
  const span: Span = { name: call.spec.procedure, traceId: parent ?? Math.random().toString(36).slice(2) };
  if (call.side === "client") call.requestHeaders.set("trace-id", span.traceId);
  return currentSpan.run(span, next);
};
// #endregion
