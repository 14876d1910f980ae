import type { HandlerContext } from "../handler/types.js";
import type { NodeRequest } from "./server-request.js";

/**
 * Node's own request object of a call: an `IncomingMessage` on HTTP/1.1, a `ServerHttp2Stream` on HTTP/2;
 * `undefined` when the call did not come through Node's HTTP.
 */
export function nodeRequest(context: Pick<HandlerContext, "request">): NodeRequest | undefined {
  const request = context.request as Partial<NodeRequest> | null | undefined;
  // By what streams of Node have, not by class: there may be two realms.
  return typeof request?.on === "function" ? (request as NodeRequest) : undefined;
}
