import { StallWatch } from "./stall-watch.js";

/** The calls of a server: how many there are, and those whose client does not read. */
export class ServerCalls {
  readonly stalls: StallWatch;
  active: number;
  finished: number;
  /** The server is about to end. */
  draining: boolean;

  constructor(stalledWriterTimeoutMs: number) {
    this.stalls = new StallWatch(stalledWriterTimeoutMs);
    this.active = 0;
    this.finished = 0;
    this.draining = false;
  }

  opened(): void {
    this.active++;
  }

  closed(): void {
    this.active--;
    this.finished++;
  }
}
