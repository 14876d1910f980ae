import type { IncomingMessage, ServerResponse } from "node:http";
import { isPromiseLike } from "../../http/awaitable.js";
import type { Fallback, ServeOptions } from "./options.js";

/** Runs a fallback so that an exception in it ends its request and not the process. */
export class FallbackRunner {
  readonly listener: Fallback | undefined;
  readonly onError: (error: unknown) => void;
  /** Requests that are not over. */
  active: number;

  constructor(options: Pick<ServeOptions, "fallback" | "onFallbackError">) {
    this.listener = options.fallback;
    this.active = 0;
    this.onError = options.onFallbackError ?? ((error) => console.error("the fallback failed:", error));
  }

  run(request: IncomingMessage, response: ServerResponse): void {
    this.contain(response, () => this.listener?.(request, response));
  }

  contain(response: ServerResponse, run: () => unknown): void {
    const onError = (error: unknown): void => this.fail(response, error);
    // What is written to a request that the client gave up must not end the process either.
    response.on("error", onError);
    this.active++;
    response.once("close", () => this.active--);
    try {
      const result = run();
      if (isPromiseLike(result)) result.then(undefined, onError);
    } catch (error) {
      onError(error);
    }
  }

  fail(response: ServerResponse, error: unknown): void {
    try {
      this.onError(error);
    } finally {
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500).end();
    }
  }
}
