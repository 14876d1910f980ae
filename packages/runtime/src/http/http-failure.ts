// A file of its own: the one type that adapters and protocols share about failures.

/**
 * How an HTTP exchange broke, told by an adapter to the layers above. It is a plain object and no
 * Error: `protocol/failure.ts` gives it a code, and the client's attempts decide whether the request is sent again.
 */
export interface HttpFailure {
  readonly reason:
    | "connect" // no connection could be made (refused, DNS, TLS, connect timeout)
    | "lost" // the connection died under the exchange
    | "reset" // the peer sent RST_STREAM; `resetCode` says why
    | "protocol" // the peer broke HTTP's rules (bad framing, header too large)
    | "shutdown" // on a server: it ends, and the call with it
    | "limit" // more than the peer takes, known before it was sent; on a server: more than its host takes
    | "unsupported"; // this adapter or this HTTP version cannot do what was asked
  /** HTTP/2 error code (RFC 9113 section 7) for `reset`. */
  readonly resetCode?: number;
  /** The peer provably never processed the request: it may be sent again whatever it does. */
  readonly unprocessed?: boolean;
  /**
   * The connection was kept from an earlier request, and ended before a byte of the answer: the server may have closed it as
   * idle, or have died at the request. It may be sent again when the schema says that the RPC may run twice, and then goes on a
   * connection that no request had before.
   */
  readonly stale?: boolean;
  /** The request never left this process: it may be sent again as often as its deadline allows. Implies `unprocessed`. */
  readonly unsent?: boolean;
  /** What happened, for people: it becomes part of an error message on this side. */
  readonly message: string;
  /** The platform's error. */
  readonly cause?: unknown;
}
