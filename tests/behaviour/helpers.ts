import { ConnectError, type Transport } from "@connect-ts/runtime";
import type { RouterOptions } from "@connect-ts/runtime/transport";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
  type PingServiceHandler,
} from "../gen/src/ping/v1/ping_connect.js";
import { type ClientSetup, type Pair, type Protocol, pairs, protocols } from "./pairs.js";
import { pingService } from "./ping-service.js";

/** The error that a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<ConnectError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds, for half a minute at the most. */
export async function until(condition: () => boolean, ms = 30_000): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > ms) throw new Error(`it did not come true within ${ms} ms: ${condition}`);
    await sleep(1);
  }
  return performance.now() - start;
}

/** Every pair with each of its protocols. */
export const combinations: readonly { readonly name: string; readonly pair: Pair; readonly protocol: Protocol }[] =
  pairs.flatMap((pair) =>
    pair.protocols.map((protocol) => ({ name: `${protocol} over ${pair.name}`, pair, protocol })),
  );

/** A server with its client. */
export interface Connected {
  readonly client: PingServiceClient;
  readonly baseUrl: string;
  transport(setup?: ClientSetup): Transport;
  close(): Promise<void>;
}

/** Starts a ping service, some of its methods replaced, and a client of it. */
export async function connected(
  { pair, protocol }: { readonly pair: Pair; readonly protocol: Protocol },
  methods: Partial<PingServiceHandler> = {},
  options: RouterOptions = {},
  setup: ClientSetup = {},
): Promise<Connected> {
  const running = await pair.start(createPingServiceHandler({ ...pingService(), ...methods }), options);
  const transport = (more: ClientSetup = {}): Transport =>
    running.transport({ protocol: protocols[protocol](), ...setup, ...more });
  return { ...running, transport, client: createPingServiceClient(transport()) };
}

/** Runs a test with a server, and closes it whatever happens. */
export async function using<T>(opened: Promise<Connected>, test: (opened: Connected) => Promise<T>): Promise<T> {
  const running = await opened;
  try {
    return await test(running);
  } finally {
    await running.close();
  }
}
