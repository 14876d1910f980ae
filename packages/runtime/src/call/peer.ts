// A file of its own: both sides and all adapters name it.
import type { PeerTls } from "../http/peer-tls.js";

/** The protocol that a call travels by: one of ours, or the name of your own. */
export type ProtocolName = "connect" | "grpc" | "grpc-web" | (string & Record<never, never>);

/** The other side of a call. */
export interface Peer {
  /**
   * On a handler, the client's address (`"127.0.0.1:53211"`, `"[::1]:53211"`, `"unix"`, `"in-process"`). On a
   * client the connected address where the platform tells it, and the host of the URL otherwise.
   */
  readonly address: string;
  readonly protocol: ProtocolName;
  /** `undefined` where the platform does not tell (`fetch` and its handlers), and in a process, where there is no HTTP. */
  readonly httpVersion: "1.1" | "2" | undefined;
  /** The query of the request's URL; empty unless the call is a Connect GET. On a handler only. */
  readonly query?: URLSearchParams;
  /** Who the other side proved to be; absent without TLS. */
  readonly tls?: PeerTls;
}
