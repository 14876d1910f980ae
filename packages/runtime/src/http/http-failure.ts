/**
 * How an HTTP exchange broke, told by an adapter to the layers above. It is a plain object and no
 * Error: what becomes of it (a code, a transparent retry) is decided in one place.
 */
export interface HttpFailure {
  readonly reason:
    | "connect" // no connection could be made (refused, DNS, TLS, connect timeout)
    | "lost" // the connection died under the exchange
    | "reset" // the peer sent RST_STREAM; `resetCode` says why
    | "protocol" // the peer broke HTTP's rules (bad framing, header too large)
    | "unsupported"; // this adapter or this HTTP version cannot do what was asked
  /** HTTP/2 error code (RFC 9113 section 7) for `reset`. */
  readonly resetCode?: number;
  /** The peer provably never processed the request: it may be sent again whatever it does. */
  readonly unprocessed?: boolean;
  /** What happened, for people: it becomes part of an error message on this side. */
  readonly message: string;
  /** The platform's error. */
  readonly cause?: unknown;
}
