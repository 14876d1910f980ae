import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { errorResponseFor } from "../handler/error-writer.js";
import { headersFromRaw } from "../http/header-map.js";

/**
 * Answers a request with an error in its own protocol: for middleware that refuses calls before they
 * reach a handler. Errors that are no ConnectError are sent as `internal`, without their text.
 *
 * @returns whether the request was an RPC, and is answered; if not, answer it yourself
 *
 * @example
 * app.use((req, res, next) => {
 *   if (allowed(req) || !writeError(req, res, new ConnectError("permission_denied"))) next();
 * });
 */
export function writeError(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  error: unknown,
): boolean {
  const answer = errorResponseFor(
    {
      method: request.method ?? "",
      url: (request as { readonly originalUrl?: string }).originalUrl ?? request.url ?? "",
      headers: headersFromRaw(request.rawHeaders),
    },
    error,
  );
  if (answer === undefined) return false;
  const target = response as ServerResponse;
  target.statusCode = answer.status;
  for (const [name, value] of answer.headers) target.setHeader(name, value);
  if (answer.trailers !== undefined) target.addTrailers([...answer.trailers] as [string, string][]);
  target.end(answer.body);
  return true;
}
