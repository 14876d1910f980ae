import { bytes, checkOptions } from "../../check-options.js";
import type { Awaitable } from "../../http/awaitable.js";
import { defaultReadMaxBytes } from "../../message/limits.js";
import { AnswerCall } from "./answer-call.js";
import type { Route, RouteAnswer, RouteRequest } from "./route.js";

/** Options of {@link createRoute}. */
export interface CreateRouteOptions {
  /** The longest body that `bytes()` takes, in bytes. @default 4194304 */
  readonly maxBytes?: number | undefined;
}

/**
 * Makes a route of a function from request to answer. A `ConnectError` that it throws is answered with the HTTP status that
 * the Connect protocol has for its code, and its text; whatever else it throws with 500, and goes to `onRouteError`.
 *
 * @param methods - `"GET"` answers HEAD too, without the body
 * @param path - as in {@link Route}
 *
 * @example
 * serve({ handlers: [elizaHandler, createRoute("GET", "/healthz", () => ({ body: "ok\n" }))] });
 */
export function createRoute(
  methods: string | readonly string[],
  path: string,
  answer: (request: RouteRequest) => Awaitable<RouteAnswer>,
  options: CreateRouteOptions = {},
): Route {
  checkOptions("createRoute", options, { maxBytes: bytes });
  const { maxBytes = defaultReadMaxBytes } = options;
  return {
    path,
    methods: typeof methods === "string" ? [methods] : methods,
    handle(request, response, context) {
      const call = new AnswerCall(request, response, context, maxBytes);
      void call.run(answer);
      return call;
    },
  };
}
