// One interceptor of the examples, to copy.
import { type Interceptor, unaryInterceptor } from "@connect-ts/runtime";

// #region cache
/** Answers RPCs without side effects from memory for a while: a hit makes no request. */
export function cache(ttlMs: number): Interceptor {
  const entries = new Map<string, { readonly response: unknown; readonly expires: number }>();
  return unaryInterceptor(async (call, request, next) => {
    const { idempotency, procedure, input } = call.spec;
    if (idempotency !== "no_side_effects") return next(request);
    const key = `${procedure} ${input.toBinary(request, 0).join()}`;
    const entry = entries.get(key);
    if (entry !== undefined && entry.expires > performance.now()) return entry.response;
    const response = await next(request);
    entries.set(key, { response, expires: performance.now() + ttlMs });
    return response;
  });
}
// #endregion
