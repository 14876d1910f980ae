import type { HttpClientStream, HttpRemote, HttpResponseSink } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";

/** An exchange that cannot begin. */
export class FailedClientStream implements HttpClientStream {
  over: boolean;

  constructor(sink: HttpResponseSink, failure: HttpFailure) {
    this.over = false;
    queueMicrotask(() => {
      if (!this.over) sink.error(failure);
    });
  }

  flushHead(): void {}

  write(): boolean {
    return true;
  }

  end(): void {}

  cancel(): void {
    this.over = true;
  }

  pause(): void {}

  resume(): void {}

  remote(): HttpRemote | undefined {
    return undefined;
  }
}
