import { ConnectError } from "../error/connect-error.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { exchangeOfUnknown } from "./unknown-procedure.js";

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
 * @returns `undefined` when the request is no RPC
 */
export function errorResponseFor(request: ErrorWriterRequest, error: unknown): ErrorResponse | undefined {
  const headers = request.headers instanceof HeaderMap ? request.headers : new HeaderMap(request.headers);
  const exchange = exchangeOfUnknown({ method: request.method, path: request.url, headers });
  if (exchange === undefined) return undefined;
  const authored = error instanceof ConnectError && !error.isRemote ? error : new ConnectError("internal");
  const {
    status,
    headers: answered,
    body,
    trailers,
  } = exchange.respond(undefined, false, authored, new HeaderMap(), new HeaderMap());
  return {
    status,
    headers: answered,
    body: body === undefined || exchange.transcoder === undefined ? body : exchange.transcoder.encode(body),
    trailers,
  };
}
