import { AsyncLocalStorage } from "node:async_hooks";
// #region tracing
export const currentSpan = new AsyncLocalStorage();
/** Runs each call in a span: handlers, their generators and hooks see it; clients send it on. */
export const trace = (call, next) => {
  const parent = currentSpan.getStore()?.traceId ?? call.requestHeaders.get("trace-id");
  const span = { name: call.spec.procedure, traceId: parent ?? Math.random().toString(36).slice(2) };
  if (call.side === "client") call.requestHeaders.set("trace-id", span.traceId);
  return currentSpan.run(span, next);
};
// #endregion
