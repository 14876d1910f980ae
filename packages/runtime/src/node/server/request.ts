import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HeaderMap } from "../../http/header-map.js";
import type { HttpServerRequest } from "../../http/http-server.js";
import type { PeerTls } from "../../http/peer-tls.js";
import { peerTls, type TlsInfo } from "../peer-certificate.js";
import { type Addressed, socketAddress } from "../socket-address.js";

/** What `nodeRequest(context)` gives for a request over HTTP/2 to `serve()`. */
export interface Http2Request {
  readonly httpVersion: "2.0";
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authority: string;
  readonly headers: HeaderMap;
  readonly socket: Socket;
}

/** The request object that a call came with: over HTTP/1.1 Node's, over HTTP/2 ours under `serve()` and Node's stream on a server of `node:http2`. */
export type NodeRequest = IncomingMessage | ServerHttp2Stream | Http2Request;

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
  /** With the part of the path that a host took off. */
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
    return `${this.socket?.encrypted ? "https" : "http"}://${this.authority}${this.path}`;
  }

  get address(): string {
    return this.socket === undefined ? "" : socketAddress(this.socket);
  }

  get maxResponseHeaderBytes(): number | undefined {
    if (this.httpVersion === "1.1") return undefined;
    return (this.native as ServerHttp2Stream).session?.remoteSettings?.maxHeaderListSize;
  }

  get tls(): PeerTls | undefined {
    return this.socket?.encrypted ? peerTls(this.socket as TLSSocket) : undefined;
  }
}
