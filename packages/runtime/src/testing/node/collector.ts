import type { HeaderMap } from "../../http/header-map.js";
import type { HttpResponseSink } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";

/** A response as it comes, with promises for its parts. */
export class Collector implements HttpResponseSink {
  status: number | undefined;
  headers: HeaderMap | undefined;
  trailers: HeaderMap | undefined;
  failure: HttpFailure | undefined;
  readonly chunks: Uint8Array[] = [];
  readonly events: string[] = [];
  drains = 0;
  onHead: () => void = () => {};
  onData: (chunk: Uint8Array) => void = () => {};
  onDrain: () => void = () => {};
  onOver: () => void = () => {};
  readonly headed: Promise<void>;
  /** The response has ended, well or not. */
  readonly over: Promise<void>;

  constructor() {
    this.headed = new Promise((resolve) => {
      this.onHead = resolve;
    });
    this.over = new Promise((resolve) => {
      this.onOver = resolve;
    });
  }

  get body(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.body.toString();
  }

  head(status: number, headers: HeaderMap): void {
    this.events.push("head");
    this.status = status;
    this.headers = headers;
    this.onHead();
  }

  data(chunk: Uint8Array): void {
    if (this.events.at(-1) !== "data") this.events.push("data");
    this.chunks.push(chunk);
    this.onData(chunk);
  }

  end(trailers: HeaderMap | undefined): void {
    this.events.push("end");
    this.trailers = trailers;
    this.onOver();
  }

  error(failure: HttpFailure): void {
    this.events.push("error");
    this.failure = failure;
    this.onOver();
  }

  drain(): void {
    this.drains++;
    this.onDrain();
  }
}

/** Resolves once a condition holds; fails the test after half a minute. */
export async function until(condition: () => boolean, what: string = String(condition)): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
