import { setTimeout as delay } from "node:timers/promises";
import { ConnectError } from "@connect-ts/runtime";
import type { PingServiceHandler } from "../../../gen/src/ping/v1/ping_connect.js";

/** What handlers of a server did. */
export class Ran {
  /** How often a handler ran for each number that `ping` was sent. */
  readonly pings: Map<bigint, number> = new Map();
  /** Calls of all kinds that began, ended, and whose signal aborted. */
  began = 0;
  ended = 0;
  aborted = 0;
  /** When signals aborted, in milliseconds of the wall clock. */
  readonly abortedAt: number[] = [];
  /** Request streams that handlers saw as complete. */
  complete = 0;
  /** The codes of errors that request streams ended with. */
  readonly broken: string[] = [];

  begin(signal: AbortSignal, number?: bigint): void {
    this.began++;
    if (number !== undefined) this.pings.set(number, (this.pings.get(number) ?? 0) + 1);
    signal.addEventListener("abort", () => {
      this.aborted++;
      if (this.abortedAt.length < 10_000) this.abortedAt.push(Date.now());
    });
  }

  async *watch<T>(requests: AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* requests;
      this.complete++;
    } catch (error) {
      this.broken.push(String((error as { readonly code?: unknown }).code));
      throw error;
    }
  }
}

/** The test kit's service, which remembers what ran; connect-node takes the same functions. */
export function service(ran: Ran): PingServiceHandler {
  const counted = async <T>(signal: AbortSignal, run: () => Promise<T>, number?: bigint): Promise<T> => {
    ran.begin(signal, number);
    try {
      return await run();
    } finally {
      ran.ended++;
    }
  };
  return {
    ping: ({ number, text, data, delayMs }, { signal }) =>
      counted(
        signal,
        async () => {
          if (text === "down") throw new ConnectError("unavailable", "down");
          if (text === "busy") spin(delayMs);
          else if (delayMs > 0) await delay(delayMs, undefined, { signal });
          return { number, text, data };
        },
        number,
      ),
    fail: () => {
      throw new Error("not asked for here");
    },
    sum: (requests, { signal }) =>
      counted(signal, async () => {
        let sum = 0n;
        for await (const { number } of ran.watch(requests)) sum += number;
        return { sum };
      }),
    async *countUp({ number, padding }, { signal }) {
      ran.begin(signal);
      try {
        for (let next = 1n; next <= number; next++) yield { number: next, padding };
      } finally {
        ran.ended++;
      }
    },
    async *cumSum(requests, { signal }) {
      ran.begin(signal);
      try {
        let sum = 0n;
        for await (const { number } of ran.watch(requests)) {
          sum += number;
          yield { sum };
        }
      } finally {
        ran.ended++;
      }
    },
  };
}

/** Computes for so many milliseconds of CPU: what other programs of the machine take does not count. */
export function spin(ms: number): void {
  perMs ??= 1 / Math.min(...Array.from({ length: 200 }, () => timed(1)));
  timed(ms * perMs);
}

/** Pieces of work that a millisecond has room for; the fastest of many was not interrupted. */
let perMs: number | undefined;

function timed(pieces: number): number {
  const start = performance.now();
  let value = 1;
  for (let left = Math.ceil(pieces * 10_000); left > 0; left--) value = (value * 48_271) % 2_147_483_647;
  return value > 0 ? performance.now() - start : 0;
}
