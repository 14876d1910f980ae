import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerRequest } from "../http/http-server.js";
import type { PeerTls } from "../http/peer-tls.js";
import { peerTls, type TlsInfo } from "./peer-certificate.js";
import { type Addressed, socketAddress } from "./socket-address.js";

/** The request object of Node that a call came with: on HTTP/1.1 the request, on HTTP/2 the stream. */
export type NodeRequest = IncomingMessage | ServerHttp2Stream;

/** What a request wants to know of its socket. The socket of an HTTP/2 session has it too. */
export type SocketInfo = Addressed & Partial<TlsInfo> & { readonly encrypted?: boolean };

/** A request, with what is seldom asked for computed when it is. */
export class NodeServerRequest implements HttpServerRequest {
  readonly method: string;
  readonly path: string;
  readonly httpVersion: "1.1" | "2";
  readonly headers: HeaderMap;
  readonly native: NodeRequest;
  readonly fullDuplex: boolean;
  readonly trailers: boolean;
  readonly authority: string;
  /** Undefined once the connection is gone. */
  readonly socket: SocketInfo | undefined;

  constructor(
    native: NodeRequest,
    httpVersion: "1.1" | "2",
    method: string,
    path: string,
    authority: string,
    headers: HeaderMap,
    socket: SocketInfo | undefined,
  ) {
    this.native = native;
    this.httpVersion = httpVersion;
    this.method = method;
    this.path = path;
    this.authority = authority;
    this.headers = headers;
    this.socket = socket;
    // What HTTP/1.1 clients and proxies do not do, though some do: RFC 9112 leaves it open.
    this.fullDuplex = httpVersion === "2";
    this.trailers = httpVersion === "2";
  }

  get url(): string {
    // A request to a proxy has an absolute target.
    if (!this.path.startsWith("/")) return this.path;
    return `${this.socket?.encrypted ? "https" : "http"}://${this.authority}${this.path}`;
  }

  get address(): string {
    return this.socket === undefined ? "" : socketAddress(this.socket);
  }

  get tls(): PeerTls | undefined {
    return this.socket?.encrypted ? peerTls(this.socket as TLSSocket) : undefined;
  }
}
