import { ErrorCode } from "./frame/codes.js";

/** A rate: so many at once, and so many more in each second. After a quiet time up to twice as many pass at once. */
export interface Rate {
  /** So many at once. */
  readonly burst: number;
  /** How many more in each second. */
  readonly perSecond: number;
}

/** What a peer may do. Beyond a limit the stream or the connection ends with the code that {@link limitTable} names. */
export interface Limits {
  /** The size of a header list: name + value + 32 for each field (RFC 9113 section 6.5.2). Told to the peer. */
  readonly maxHeaderBytes: number;
  /** Fields of a header list. */
  readonly maxHeaderPairs: number;
  /** Bytes of a header block as it comes, over all its frames. */
  readonly maxHeaderBlockBytes: number;
  /** CONTINUATION frames of a header block. */
  readonly maxContinuations: number;
  /** Entries of a SETTINGS frame. */
  readonly maxSettingsEntries: number;
  /** Bytes of frames other than DATA that the peer has not taken. */
  readonly maxUnsentControlBytes: number;
  /** Bytes of bodies that were delivered and not consumed, or are kept for paused streams, over all streams. */
  readonly maxHeldBytes: number;
  /** Streams that the peer resets before they are over. At half of it no further ones are taken: the connection ends in order. */
  readonly resets: Rate;
  /** Streams that we reset because of what the peer did. At half of it the connection ends in order. */
  readonly provokedResets: Rate;
  /** Streams refused because there were too many. */
  readonly refusedStreams: Rate;
  /** SETTINGS frames. */
  readonly settings: Rate;
  /** PING frames, beyond one for each frame of a body that came or went. */
  readonly pings: Rate;
  /** DATA frames that bring nothing and end nothing. */
  readonly emptyFrames: Rate;
  /** WINDOW_UPDATE frames, beyond three for each frame of a body that went. */
  readonly windowUpdates: Rate;
  /** PRIORITY and PRIORITY_UPDATE frames. */
  readonly priorities: Rate;
  /** Frames for streams that are over. */
  readonly closedStreamFrames: Rate;
  /** Frames of unknown types. */
  readonly unknownFrames: Rate;
  /** Heads with a 1xx status. */
  readonly informational: Rate;
  /** GOAWAY frames. */
  readonly goaways: Rate;
}

/** One limit: its default, the attack that it answers, and what goes beyond it gets. */
export interface LimitRow<Value extends number | Rate> {
  readonly default: Value;
  /** What is counted. */
  readonly unit: string;
  /** What it is against, with the name of a known case. */
  readonly attack: string;
  /** What ends when the peer goes beyond it. */
  readonly ends: "stream" | "connection";
  /** The error code that the peer is told. */
  readonly code: number;
}

/** All limits of the engine. Counts are rates: a peer that lives long and does little at a time is none that attacks. */
export const limitTable: { readonly [Name in keyof Limits]: LimitRow<Limits[Name]> } = {
  maxHeaderBytes: row(16_384, "bytes", "large header lists, references to one large table entry", "stream"),
  maxHeaderPairs: row(128, "fields", "many small fields", "stream"),
  maxHeaderBlockBytes: row(65_536, "bytes", "CONTINUATION without end (CVE-2024-27316)", "connection"),
  maxContinuations: row(32, "frames", "CONTINUATION without end, in empty frames", "connection"),
  maxSettingsEntries: row(64, "entries", "long SETTINGS", "connection"),
  maxUnsentControlBytes: row(1_048_576, "bytes", "answers for a peer that does not read", "connection"),
  maxHeldBytes: row(50_331_648, "bytes", "half-finished uploads on all streams", "stream"),
  resets: row({ burst: 1500, perSecond: 100 }, "frames", "rapid reset (CVE-2023-44487)", "connection"),
  provokedResets: row({ burst: 1000, perSecond: 100 }, "frames", "provoked resets (CVE-2025-8671)", "connection"),
  refusedStreams: row({ burst: 2000, perSecond: 1000 }, "streams", "streams beyond the limit", "connection"),
  settings: row(
    { burst: 200, perSecond: 20 },
    "frames",
    "SETTINGS flood (CVE-2019-9515), table-size thrash",
    "connection",
  ),
  pings: row({ burst: 1000, perSecond: 100 }, "frames", "PING flood (CVE-2019-9512)", "connection"),
  emptyFrames: row({ burst: 500, perSecond: 50 }, "frames", "empty DATA (CVE-2019-9518), huge padding", "connection"),
  windowUpdates: row(
    { burst: 4000, perSecond: 1000 },
    "frames",
    "WINDOW_UPDATE flood, dribbled windows (CVE-2019-9511, CVE-2019-9517)",
    "connection",
  ),
  priorities: row({ burst: 500, perSecond: 50 }, "frames", "priority churn (CVE-2019-9513)", "connection"),
  closedStreamFrames: row({ burst: 2000, perSecond: 1000 }, "frames", "frames for streams that are over", "connection"),
  unknownFrames: row({ burst: 500, perSecond: 50 }, "frames", "frames of unknown types", "connection"),
  informational: row({ burst: 500, perSecond: 50 }, "heads", "1xx heads without end", "connection"),
  goaways: row({ burst: 20, perSecond: 1 }, "frames", "GOAWAY flood, last-id games", "connection"),
};

function row<Value extends number | Rate>(
  value: Value,
  unit: string,
  attack: string,
  ends: "stream" | "connection",
): LimitRow<Value> {
  return { default: value, unit, attack, ends, code: ErrorCode.enhanceYourCalm };
}

/**
 * The limits with those given in place of the defaults.
 *
 * @throws TypeError for a limit that does not exist, and for a value that is not a positive number
 */
export function limitsOf(given: Partial<Limits> = {}): Limits {
  const limits: Record<string, number | Rate> = {};
  for (const [name, { default: value }] of Object.entries(limitTable)) limits[name] = value;
  // A header list that is allowed comes through: encoded it is no longer than it counts, in frames of the smallest size.
  const { maxHeaderBytes = 0 } = given;
  limits.maxHeaderBlockBytes = Math.max(limitTable.maxHeaderBlockBytes.default, maxHeaderBytes);
  limits.maxContinuations = Math.max(limitTable.maxContinuations.default, Math.ceil(maxHeaderBytes / 16_384));
  // An object of a class has limits that are not its own.
  for (const name of new Set([...Object.keys(limits), ...Object.keys(given)])) {
    const value = given[name as keyof Limits];
    if (!Object.hasOwn(limitTable, name)) throw new TypeError(`there is no HTTP/2 limit "${name}"`);
    if (value === undefined) continue;
    const isRate = typeof value === "object";
    const known = typeof limits[name] === "object";
    const legal = isRate ? value.burst > 0 && value.perSecond >= 0 : value > 0;
    if (isRate !== known || !legal) {
      throw new TypeError(
        `the HTTP/2 limit "${name}" is ${known ? "a rate: { burst, perSecond }" : "a positive number"}`,
      );
    }
    limits[name] = value;
  }
  return limits as unknown as Limits;
}

/** Counts what a peer does against a rate. */
export class RateCounter {
  /** @internal */
  readonly rate: Rate;
  /** All that was counted, over the life of the connection. */
  total: number;
  /** @internal */
  level: number;
  /** @internal Until when the level has sunk, in milliseconds. */
  since: number;

  /** @internal */
  constructor(rate: Rate, now: number) {
    this.rate = rate;
    this.total = 0;
    this.level = 0;
    this.since = now;
  }

  /** @internal One more. False when it is one too many. */
  add(now: number): boolean {
    this.total++;
    if (this.level + 1 > this.rate.burst) this.sink(now);
    this.level++;
    return this.level <= this.rate.burst;
  }

  /** @internal Something useful came with it: `n` of what was counted are forgotten. */
  pay(n: number): void {
    this.level = this.level > n ? this.level - n : 0;
  }

  /** @internal Whether half of what is allowed at once is used up. */
  halfSpent(now: number): boolean {
    if (this.level * 2 < this.rate.burst) return false;
    this.sink(now);
    return this.level * 2 >= this.rate.burst;
  }

  /** @internal */
  sink(now: number): void {
    this.level = Math.max(0, this.level - ((now - this.since) / 1000) * this.rate.perSecond);
    this.since = now;
  }
}

/** The names of the limits that are rates. */
export type RateName = { [Name in keyof Limits]: Limits[Name] extends Rate ? Name : never }[keyof Limits];

/** What a peer did so far, one count for each limit that is a rate. */
export type Counters = { readonly [Name in RateName]: RateCounter };

export function countersOf(limits: Limits, now: number): Counters {
  const counters: Record<string, RateCounter> = {};
  for (const [name, value] of Object.entries(limits) as [string, number | Rate][]) {
    if (typeof value === "object") counters[name] = new RateCounter(value, now);
  }
  return counters as unknown as Counters;
}
