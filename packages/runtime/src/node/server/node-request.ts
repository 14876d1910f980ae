// A file of its own: handlers that ask for the request need nothing else of this room.
import type { HandlerContext } from "../../handler/types.js";
import type { NodeRequest } from "./request.js";

/**
 * The request object of a call: over HTTP/1.1 an `IncomingMessage`; over HTTP/2 an {@link Http2Request} under `serve()`, a
 * `ServerHttp2Stream` on a server of `node:http2`. `undefined` when the call did not come through one of them.
 */
export function nodeRequest(context: Pick<HandlerContext, "request">): NodeRequest | undefined {
  const request = context.request as { readonly on?: unknown; readonly socket?: unknown } | null | undefined;
  // By what they have, not by class: there may be two realms.
  const isNodes = typeof request?.on === "function" || typeof request?.socket === "object";
  return isNodes ? (request as NodeRequest) : undefined;
}
