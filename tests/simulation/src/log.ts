import type { CallStats, ConnectError } from "@connect-ts/runtime";
import type { CallPlan, Kind } from "./plan.js";

/** What a handler saw of a call. */
export interface RunLog {
  readonly startedAt: number;
  readonly requests: number[];
  /** How its requests ended for it: all came, or an error's code. */
  requestsEnd: string | undefined;
  /** Responses that it gave. */
  gave: number;
  /** `"returned"`, or the code of what it threw. */
  outcome: string | undefined;
  endedAt: number | undefined;
  abortedAt: number | undefined;
  reason: string | undefined;
  /** The text of that reason. */
  told: string;
}

/** What an interceptor saw of a call. */
export interface Seen {
  readonly status: string | undefined;
  readonly stats: CallStats;
  readonly at: number;
}

/** All that is known of a call. */
export interface CallLog {
  readonly plan: CallPlan;
  startedAt: number;
  /** Requests that were handed over. */
  sent: number;
  requestsEnded: boolean;
  /** Generators of requests that were entered, and that ended. */
  entered: number;
  left: number;
  readonly received: number[];
  settled: number;
  settledAt: number | undefined;
  outcome: string | undefined;
  text: string;
  /** What the caller's error tells. */
  error: ConnectError | undefined;
  trailers: "ok" | "failed" | undefined;
  abortedAt: number | undefined;
  readonly runs: RunLog[];
  readonly client: Seen[];
  readonly handler: Seen[];
  /** Interceptors that began, on either side. */
  readonly begun: { client: number; handler: number };
  /** What is wrong whatever happened, unless its user code is odd. */
  readonly wrong: string[];
  /** What is wrong in any case. */
  readonly inexcusable: string[];
}

export function logOf(plan: CallPlan): CallLog {
  return {
    plan,
    startedAt: -1,
    sent: 0,
    requestsEnded: false,
    entered: 0,
    left: 0,
    received: [],
    settled: 0,
    settledAt: undefined,
    outcome: undefined,
    text: "",
    error: undefined,
    trailers: undefined,
    abortedAt: undefined,
    runs: [],
    client: [],
    handler: [],
    begun: { client: 0, handler: 0 },
    wrong: [],
    inexcusable: [],
  };
}

const patterns = Array.from({ length: 64 }, (_, i) => new Uint8Array(120_001).fill(i + 1));

/** The bytes of a message, which tell whose they are. */
export function dataOf(id: number, index: number, size: number): Uint8Array {
  return (patterns[(id * 7 + index) % 64] as Uint8Array).subarray(0, size);
}

/** What is wrong with a message that came. */
export function faultOfMessage(
  message: { readonly number: bigint; readonly text: string; readonly data: Uint8Array },
  id: number,
  index: number,
  size: number,
): string | undefined {
  if (message.text !== `call ${id}`) return `message ${index} of another call came: ${message.text}`;
  if (Number(message.number) !== index) return `message ${message.number} came as number ${index}`;
  if (Buffer.compare(message.data, dataOf(id, index, size)) !== 0)
    return `message ${index} has other bytes than were sent`;
  return undefined;
}

export const streamsRequests = (kind: Kind): boolean => kind === "client" || kind === "bidi";
export const streamsResponses = (kind: Kind): boolean => kind === "server" || kind === "bidi";
