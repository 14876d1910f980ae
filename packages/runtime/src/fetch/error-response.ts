// A file of its own: who only answers errors does not load the handler.
import { errorResponseFor } from "../handler/error-writer.js";
import { HeaderMap } from "../http/header-map.js";
import type { HandlerProtocol } from "../protocol/protocol.js";

/**
 * An error as a response in the request's own protocol: for middleware that refuses calls before they
 * reach a handler. Errors that are not a ConnectError are sent as `internal`, without their text.
 *
 * @param protocols - those that the error is answered in: the option of your handlers. @default Connect, gRPC and gRPC-Web
 * @returns `undefined` when the request is not an RPC
 *
 * @example
 * if (!allowed(request)) {
 *   return errorResponse(request, new ConnectError("permission_denied")) ?? new Response(null, { status: 403 });
 * }
 */
export function errorResponse(
  request: Request,
  error: unknown,
  protocols?: readonly HandlerProtocol[],
): Response | undefined {
  const { method, url, headers } = request;
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const path = start < 0 ? "/" : url.slice(start);
  const answer = errorResponseFor({ method, url: path, headers: new HeaderMap([...headers]) }, error, protocols);
  if (answer === undefined) return undefined;
  const body = answer.body === undefined ? null : new Uint8Array(answer.body);
  return new Response(body, { status: answer.status, headers: [...answer.headers] });
}
