import { max31 } from "./frame/codes.js";
import type { Head } from "./head.js";
import { type Limits, limitsOf } from "./limits.js";
import type { Http2Stream, StreamReset } from "./stream.js";

/** Options of a connection. Sizes are in bytes, times in milliseconds. */
export interface ConnectionOptions {
  /** What the peer may send on a stream before anything is read of it. @default 65536 */
  readonly initialWindow?: number | undefined;
  /** The most that one stream may hold and have on its way. @default what the budget allows */
  readonly maxStreamWindow?: number | undefined;
  /** What all streams together may have beyond their initial windows, held or on its way. @default 16777216 */
  readonly budget?: number | undefined;
  /** What the oldest stream may have beyond a spent budget: at least one whole message. @default 4194304 */
  readonly reserve?: number | undefined;
  /** The largest frame that the peer may send: 16384 to 16777215. @default 65536 */
  readonly maxFrameSize?: number | undefined;
  /** Server: how many streams the client may have open. @default 1024 */
  readonly maxConcurrentStreams?: number | undefined;
  /** The HPACK table that the peer may use, and the most that is used of the peer's. @default 4096 */
  readonly headerTableBytes?: number | undefined;
  /** Names of fields whose values never enter a compression table, besides `authorization`, `proxy-authorization`, `cookie` and `set-cookie`. */
  readonly neverIndexed?: readonly string[] | undefined;
  /** Refuse values with spaces around them (RFC 9113 section 8.2.1), which peers in use send. @default false: they are trimmed */
  readonly strict?: boolean | undefined;
  /** How long the peer may take for its SETTINGS, and for acknowledging ours. @default 10000 */
  readonly settingsTimeoutMs?: number | undefined;
  /** How long a stream may have data to send of which nothing goes, before it is reset. @default without end */
  readonly stalledTimeoutMs?: number | undefined;
  /** What the peer may do: see {@link limitTable}. */
  readonly limits?: Partial<Limits> | undefined;
  /** Sees what happens. Without one nothing is spent on it. */
  readonly observer?: ConnectionObserver | undefined;
  /** The time, on the clock that `tick` goes by. @default 0 */
  readonly now?: number | undefined;
}

/** What may look at a connection: for logs and diagnostics. None of it may throw. */
export interface ConnectionObserver {
  /**
   * A frame came or was written. Of HEADERS with CONTINUATION that are written, both together; of DATA that is written, each
   * part, which may go in one frame with others, and the end as a part of 0 bytes.
   */
  frame?(direction: "in" | "out", type: number, flags: number, streamId: number, length: number): void;
  streamOpened?(stream: Http2Stream, head: Head | readonly string[]): void;
  /** The stream was reset, by either side. */
  streamReset?(stream: Http2Stream, reset: StreamReset): void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  /** The error code of the GOAWAY that was sent or had come; 0 for an end in order. */
  readonly code: number;
  readonly by: "peer" | "local" | "transport";
  readonly message: string;
  readonly cause?: unknown;
}

/** What the peer's GOAWAY says. */
export interface Goaway {
  readonly lastStreamId: number;
  readonly code: number;
  /** The peer's text, made harmless. */
  readonly debug: string;
}

/** What an adapter offers to a connection. None of it may throw. */
export interface ConnectionHost {
  /** Bytes wait: call `takeOutput()` once, when this turn ends. Not called again before that. */
  flush(): void;
  /** The connection is over: send what `takeOutput()` has, and close the transport. The last call. */
  closed(end: ConnectionEnd): void;
  /** The peer's SETTINGS came, first or changed. */
  settings?(): void;
  /** The peer takes no new streams. Called for each GOAWAY. */
  goaway?(goaway: Goaway): void;
  /** A stream is over. */
  streamClosed?(stream: Http2Stream): void;
  /** `nextDue()` has become earlier. */
  due?(at: number): void;
}

/** What a server's adapter offers. */
export interface ServerHost extends ConnectionHost {
  /** A request comes: the stream to deliver it to, with its sink. */
  accept(): Http2Stream;
}

/** Options with the defaults filled in. */
export interface ConnectionConfig {
  readonly initialWindow: number;
  readonly maxStreamWindow: number;
  readonly budget: number;
  readonly reserve: number;
  readonly maxFrameSize: number;
  readonly maxConcurrentStreams: number;
  readonly headerTableBytes: number;
  readonly neverIndexed: ReadonlySet<string>;
  readonly strict: boolean;
  readonly settingsTimeoutMs: number;
  readonly stalledTimeoutMs: number;
  readonly limits: Limits;
}

const secrets: readonly string[] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/** @throws TypeError for a value out of its range */
export function connectionConfig(options: ConnectionOptions): ConnectionConfig {
  const initialWindow = within("initialWindow", options.initialWindow ?? 65_536, 0, max31);
  return {
    initialWindow,
    maxStreamWindow: within("maxStreamWindow", options.maxStreamWindow ?? max31, initialWindow, max31),
    budget: within("budget", options.budget ?? 16_777_216, 0, max31),
    reserve: within("reserve", options.reserve ?? 4_194_304, 0, max31),
    maxFrameSize: within("maxFrameSize", options.maxFrameSize ?? 65_536, 16_384, 0xff_ffff),
    maxConcurrentStreams: within("maxConcurrentStreams", options.maxConcurrentStreams ?? 1024, 0, max31),
    headerTableBytes: within("headerTableBytes", options.headerTableBytes ?? 4096, 0, 1_048_576),
    neverIndexed: new Set([...secrets, ...(options.neverIndexed ?? [])].map((name) => name.toLowerCase())),
    strict: options.strict ?? false,
    settingsTimeoutMs: within("settingsTimeoutMs", options.settingsTimeoutMs ?? 10_000, 0, Number.POSITIVE_INFINITY),
    stalledTimeoutMs: within(
      "stalledTimeoutMs",
      options.stalledTimeoutMs ?? Number.POSITIVE_INFINITY,
      1,
      Number.POSITIVE_INFINITY,
    ),
    limits: limitsOf(options.limits),
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new TypeError(`the HTTP/2 option ${name} is ${value}: it must be from ${least} to ${most}`);
}
