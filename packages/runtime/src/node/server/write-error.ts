import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { errorResponseFor } from "../../handler/error-writer.js";
import { headersFromRaw } from "../../http/header-map.js";
import type { HandlerProtocol } from "../../protocol/protocol.js";

/**
 * Answers a request with an error in its own protocol: for middleware that refuses calls before they
 * reach a handler. Errors that are not a ConnectError are sent as `internal`, without their text.
 *
 * @param protocols - those that the error is answered in: the option of your handlers. @default Connect, gRPC and gRPC-Web
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
  protocols?: readonly HandlerProtocol[],
): boolean {
  const answer = errorResponseFor(
    {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: headersFromRaw(request.rawHeaders),
    },
    error,
    protocols,
  );
  if (answer === undefined) return false;
  const target = response as ServerResponse;
  target.statusCode = answer.status;
  for (const [name, value] of answer.headers) target.setHeader(name, value);
  if (answer.trailers !== undefined) target.addTrailers([...answer.trailers] as [string, string][]);
  target.end(answer.body);
  return true;
}
