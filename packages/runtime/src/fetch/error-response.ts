import { errorResponseFor } from "../handler/error-writer.js";
import { HeaderMap } from "../http/header-map.js";

/**
 * An error as a response in the request's own protocol: for middleware that refuses calls before they
 * reach a handler. Errors that are no ConnectError are sent as `internal`, without their text.
 *
 * @returns `undefined` when the request is no RPC
 *
 * @example
 * if (!allowed(request)) {
 *   return errorResponse(request, new ConnectError("permission_denied")) ?? new Response(null, { status: 403 });
 * }
 */
export function errorResponse(request: Request, error: unknown): Response | undefined {
  const { method, url, headers } = request;
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const path = start < 0 ? "/" : url.slice(start);
  const answer = errorResponseFor({ method, url: path, headers: new HeaderMap([...headers]) }, error);
  if (answer === undefined) return undefined;
  const body = answer.body === undefined ? null : new Uint8Array(answer.body);
  return new Response(body, { status: answer.status, headers: [...answer.headers] });
}
