import { StallWatch } from "./stall-watch.js";

/** The calls of a server: how many there are, and those whose client does not read. */
export class ServerCalls {
  readonly stalls: StallWatch;
  active: number;
  finished: number;
  /** Is told each time that the last call has ended. */
  onIdle: (() => void) | undefined;

  constructor(stalledWriterTimeoutMs: number) {
    this.stalls = new StallWatch(stalledWriterTimeoutMs);
    this.active = 0;
    this.finished = 0;
    this.onIdle = undefined;
  }

  opened(): void {
    this.active++;
  }

  closed(): void {
    this.active--;
    this.finished++;
    if (this.active === 0) this.onIdle?.();
  }
}
