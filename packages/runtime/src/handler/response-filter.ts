import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerStream } from "../http/http-server.js";

/** A response that does what another does, for classes that change a part of it. */
export abstract class ResponseFilter implements HttpServerStream {
  readonly inner: HttpServerStream;

  constructor(inner: HttpServerStream) {
    this.inner = inner;
  }

  /** What it adds itself comes to that. */
  get addedHeadBytes(): number {
    return this.inner.addedHeadBytes ?? 0;
  }

  abstract head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void;

  write(bytes: Uint8Array): boolean {
    return this.inner.write(bytes);
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    this.inner.end(bytes, trailers);
  }

  abstract respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void;

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
