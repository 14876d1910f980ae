import type { Interceptor } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { entryOf, type LogEntry } from "./entry.js";
import { isExcluded, watch } from "./watch.js";

/** Options of {@link userTiming}. */
export interface UserTimingOptions {
  /** What is left out: services (`"grpc.health.v1.Health"`) and RPCs (`"/acme.v1.Shop/Ping"`). @default nothing */
  readonly exclude?: readonly string[] | undefined;
  /** The name of the track in the performance panel of Chromium's tools. @default "connect-ts" */
  readonly track?: string | undefined;
  /**
   * How many measures stay in `performance.getEntries()`, from 0. One more, and all of them are cleared: the platform clears them by
   * name only. Observers and recordings of the performance panel have each of them, whatever stays.
   *
   * @default 500
   */
  readonly keep?: number | undefined;
}

/** The `detail` of a measure. */
export interface CallMeasure extends Omit<LogEntry, "peer" | "error"> {
  /** When the response's headers were there, in milliseconds after the call began; absent when they never came. */
  readonly headersMs?: number;
  /** How Chromium's performance panel shows it. */
  readonly devtools: {
    readonly dataType: "track-entry";
    readonly track: string;
    readonly color: "primary" | "error";
    readonly tooltipText: string;
    readonly properties: readonly (readonly [name: string, value: string])[];
  };
}

/**
 * An interceptor for clients and handlers that makes a measure of each call when it is over: `connect-ts:/acme.v1.Shop/Buy`, with code,
 * messages and bytes as its `detail`. Browsers show measures in their performance panels, and a `PerformanceObserver` gets them. It tells
 * nothing of headers and of what messages say.
 *
 * Where the platform has no `performance.measure` it does nothing.
 *
 * Specification: https://www.w3.org/TR/user-timing/
 *
 * @throws RangeError when `keep` is no number from 0
 *
 * @example
 * const eliza = createElizaServiceClient(transport, { interceptors: [userTiming()] });
 */
export function userTiming(options: UserTimingOptions = {}): Interceptor {
  checkOptions("userTiming", options, { exclude: undefined, track: undefined, keep: undefined });
  const { track = "connect-ts", keep = 500 } = options;
  if (!(typeof keep === "number" && keep >= 0))
    throw new RangeError(`keep must be a number from 0, and ${String(keep)} is not`);
  const excluded = new Set(options.exclude);
  const names = new Set<string>();
  let kept = 0;

  function measure(name: string, start: number, detail: CallMeasure): void {
    performance.measure(name, { start, end: start + detail.milliseconds, detail });
    names.add(name);
    if (++kept <= keep) return;
    for (const made of names) performance.clearMeasures(made);
    names.clear();
    kept = 0;
  }

  return async (call, next) => {
    if (isExcluded(call, excluded) || typeof performance.measure !== "function") return next();
    const begin = performance.now();
    let headersMs: number | undefined;
    call.onResponseHeaders(() => {
      headersMs ??= performance.now() - begin;
    });
    return watch(call, next, () => {
      const entry = entryOf(call, performance.now() - begin, false, false);
      const shown = headersMs === undefined ? {} : { headersMs: Math.round(headersMs * 10) / 10 };
      const { procedure, code } = entry;
      measure(`connect-ts:${procedure}`, begin, {
        ...entry,
        ...shown,
        devtools: {
          dataType: "track-entry",
          track,
          color: code === "ok" ? "primary" : "error",
          tooltipText: `${procedure.slice(procedure.lastIndexOf("/") + 1)}: ${code}`,
          properties: Object.entries({ ...entry, ...shown }).map(([name, value]) => [name, String(value)]),
        },
      });
    });
  };
}
