import { ConnectError, type Transport } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { createHealthClient, type HealthClient } from "./gen/grpc/health/v1/health_connect.js";
import { HealthCheckResponse_ServingStatus as Wire } from "./gen/grpc/health/v1/health_pb.js";

/** For what to wait, and how long. */
export interface WaitUntilServingOptions {
  /** The full name of a service; `""` is the server as a whole. @default "" */
  readonly service?: string | undefined;
  /** How long to wait, in milliseconds from 1 to 2147483647. @default 30000 */
  readonly timeoutMs?: number | undefined;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Pauses between two looks at a server that is not there, or has no Watch: from and to, in milliseconds. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

const statusNames: ReadonlyMap<Wire, string> = new Map(Object.entries(Wire).map(([name, value]) => [value, name]));

/** Whether a code says that asking again is of no use. */
const hopeless: ReadonlySet<string> = new Set([
  "unimplemented",
  "unauthenticated",
  "permission_denied",
  "invalid_argument",
]);

/**
 * Waits until a server says that it serves, by the Watch of its health service. A server that does not listen yet is asked
 * again; one without Watch is asked by Check.
 *
 * @throws ConnectError `deadline_exceeded` when the time is over, with the last answer in its text; `canceled` when `signal`
 * aborts; what the server answered when asking again is of no use: `unimplemented` when it has no health service
 */
export async function waitUntilServing(transport: Transport, options: WaitUntilServingOptions = {}): Promise<void> {
  checkOptions("waitUntilServing", options, { service: undefined, timeoutMs: undefined, signal: undefined });
  const { service = "", timeoutMs = 30_000, signal } = options;
  if (!(timeoutMs >= 1 && timeoutMs <= 0x7fffffff)) {
    throw new RangeError(`timeoutMs must be from 1 to 2147483647 milliseconds, and ${timeoutMs} is not`);
  }
  const client = createHealthClient(transport);
  const end = performance.now() + timeoutMs;
  let last = "it did not answer";
  let hasWatch = true;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) throw new ConnectError("deadline_exceeded", `not serving after ${timeoutMs} ms: ${last}`);
    try {
      const call = { signal, timeoutMs: Math.max(1, leftMs) };
      for await (const status of hasWatch ? watched(client, service, call) : checked(client, service, call)) {
        if (status === Wire.SERVING) return;
        last = `its status is ${statusNames.get(status) ?? status}`;
        pauseMs = firstPauseMs;
      }
    } catch (reason) {
      const error = ConnectError.from(reason);
      if (signal?.aborted) throw error;
      if (error.code === "unimplemented" && hasWatch) hasWatch = false;
      else if (hopeless.has(error.code)) throw error;
      if (error.code !== "deadline_exceeded") last = error.message;
    }
    await pause(Math.min(pauseMs, Math.max(0, end - performance.now())), signal);
  }
}

interface CallLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

async function* watched(
  client: HealthClient,
  service: string,
  call: CallLimits,
): AsyncGenerator<Wire, void, undefined> {
  for await (const { status } of client.watch({ service }, call)) yield status;
}

async function* checked(
  client: HealthClient,
  service: string,
  call: CallLimits,
): AsyncGenerator<Wire, void, undefined> {
  yield (await client.check({ service }, call)).status;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", give);
      resolve();
    }, ms);
    const give = (): void => {
      clearTimeout(timer);
      reject(ConnectError.from(signal?.reason, "canceled"));
    };
    if (signal?.aborted) give();
    else signal?.addEventListener("abort", give, { once: true });
  });
}
