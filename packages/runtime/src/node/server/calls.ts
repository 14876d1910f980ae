// A file of its own: all HTTP versions count their calls with it.
import { ConnectionAges } from "./connection-age.js";
import { StallWatch } from "./stall-watch.js";

/** What calls may take, in milliseconds. */
export interface CallLimits {
  readonly stalledWriterTimeoutMs?: number | undefined;
  readonly requestIdleTimeoutMs?: number | undefined;
  /** In bytes a second. */
  readonly requestMinBytesPerSecond?: number | undefined;
  readonly maxConnectionAgeMs?: number | undefined;
  readonly maxConnectionAgeGraceMs?: number | undefined;
}

/** The calls of a server: how many there are, and those whose client does not read. */
export class ServerCalls {
  readonly stalls: StallWatch;
  /** Requests whose body is awaited. */
  readonly bodies: StallWatch;
  readonly minBytesPerSecond: number;
  /** Those of Node's HTTP/1.1. */
  readonly running: Set<{ shutDown(): void }>;
  /** Connections of HTTP/1.1, and which of them are too old. */
  readonly ages: ConnectionAges;
  active: number;
  finished: number;
  /** The server is about to end. */
  draining: boolean;

  constructor(limits: CallLimits) {
    this.stalls = new StallWatch(limits.stalledWriterTimeoutMs ?? 60_000);
    this.bodies = new StallWatch(limits.requestIdleTimeoutMs ?? 60_000);
    this.minBytesPerSecond = limits.requestMinBytesPerSecond ?? 0;
    this.running = new Set();
    this.ages = new ConnectionAges(
      limits.maxConnectionAgeMs ?? Number.POSITIVE_INFINITY,
      limits.maxConnectionAgeGraceMs ?? Number.POSITIVE_INFINITY,
    );
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
