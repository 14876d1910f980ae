import { isAuthored } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { queryOf } from "../http/request-target.js";
import type { HandlerProtocol } from "../protocol/protocol.js";
import { acceptUnknown, servedProtocols } from "./protocols.js";
import { asItSays } from "./refuse.js";

/** A request's head, as much of it as tells the protocol. */
export interface ErrorWriterRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: HeaderMapInit;
}

/** An error as a response: for a client that understands it in its own protocol. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: Uint8Array | undefined;
  /** HTTP trailers; gRPC's go into the headers where there is no body. */
  readonly trailers: HeaderMap | undefined;
}

/**
 * Turns an error into a response in the protocol of the request: for middleware that answers before
 * a handler is reached (authentication, rate limits). `writeError` of `./node` and `errorResponse` of
 * `./fetch` send it.
 *
 * @param protocols - those that the error is answered in: the option of your handlers. @default Connect, gRPC and gRPC-Web
 * @returns `undefined` when the request is not an RPC
 */
export function errorResponseFor(
  request: ErrorWriterRequest,
  error: unknown,
  protocols?: readonly HandlerProtocol[],
): ErrorResponse | undefined {
  const headers = request.headers instanceof HeaderMap ? request.headers : new HeaderMap(request.headers);
  const exchange = acceptUnknown(
    { method: request.method, query: queryOf(request.url), headers },
    servedProtocols(protocols),
  );
  if (exchange === undefined) return undefined;
  const authored = isAuthored(error) ? error : new ConnectError("internal");
  const {
    status,
    headers: answered,
    body,
    trailers,
  } = exchange.respond(undefined, false, authored, new HeaderMap(), new HeaderMap());
  return {
    status,
    headers: asItSays(answered),
    body: body === undefined || exchange.transcoder === undefined ? body : exchange.transcoder.encode(body),
    trailers,
  };
}
