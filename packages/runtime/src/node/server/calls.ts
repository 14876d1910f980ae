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

/** A call, with its neighbours in the list of those that run. */
export interface Running {
  newer: Running | undefined;
  older: Running | undefined;
  shutDown(): void;
  /** Has its request's body watched, if it is awaited. */
  awaitBody(): void;
}

/** The calls of a server: how many there are, and those whose client does not read. */
export class ServerCalls {
  readonly stalls: StallWatch;
  /** Requests whose body is awaited. */
  readonly bodies: StallWatch;
  readonly minBytesPerSecond: number;
  /** The newest of those on the streams of Node. A list through the calls: a set of them costs a call more than most of its parts. */
  newest: Running | undefined;
  /** Connections of HTTP/1.1, and which of them are too old. */
  readonly ages: ConnectionAges;
  active: number;
  finished: number;
  /** The server is about to end. */
  draining: boolean;

  constructor(limits: CallLimits) {
    this.stalls = new StallWatch(limits.stalledWriterTimeoutMs ?? 60_000);
    this.bodies = new StallWatch(limits.requestIdleTimeoutMs ?? 60_000, () => {
      for (let call = this.newest; call !== undefined; call = call.older) call.awaitBody();
    });
    this.minBytesPerSecond = limits.requestMinBytesPerSecond ?? 0;
    this.newest = undefined;
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

  add(call: Running): void {
    call.older = this.newest;
    if (this.newest !== undefined) this.newest.newer = call;
    this.newest = call;
  }

  remove(call: Running): void {
    const { newer, older } = call;
    if (newer !== undefined) newer.older = older;
    else this.newest = older;
    if (older !== undefined) older.newer = newer;
    call.newer = undefined;
  }

  /** Has every call say to its client that the server ends. */
  shutDown(): void {
    for (let call = this.newest; call !== undefined; call = call.older) call.shutDown();
  }

  closed(): void {
    this.active--;
    this.finished++;
  }
}
