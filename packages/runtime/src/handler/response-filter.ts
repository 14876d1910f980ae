import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerStream } from "../http/http-server.js";

/** A response that does what another does, for classes that change a part of it. */
export class ResponseFilter implements HttpServerStream {
  readonly inner: HttpServerStream;

  constructor(inner: HttpServerStream) {
    this.inner = inner;
  }

  head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void {
    this.inner.head(status, headers, withoutTrailers);
  }

  write(bytes: Uint8Array): boolean {
    return this.inner.write(bytes);
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    this.inner.end(bytes, trailers);
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    this.inner.respond(status, headers, body, trailers);
  }

  reset(code: number): void {
    this.inner.reset(code);
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }
}
