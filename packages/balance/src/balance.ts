import { ConnectError, type Transport } from "@connect-ts/runtime";
import {
  type ClientConn,
  checkOptions,
  type OutgoingMessage,
  type TransportCall,
  type TransportResponse,
} from "@connect-ts/runtime/transport";
import { AddressWatch } from "./address-watch.js";
import { type Address, type Addresses, targetsOf } from "./addresses.js";
import { BalancedConn } from "./balanced-conn.js";
import { Balancer, Tries } from "./balancer.js";
import { type Clock, platformClock } from "./clock.js";
import { OutlierDetection, type OutlierOptions } from "./outliers.js";
import { type BalancePolicy, pickerOf } from "./policy.js";
import { impatient, type Server, type ServerState } from "./server.js";

/** Which servers there are, how to reach them, and which one gets a call. Times are in milliseconds. */
export interface BalanceOptions {
  /** Where the servers are. `dnsAddresses()` of `@connect-ts/balance/node` asks DNS. */
  readonly addresses: Addresses;
  /** Makes the transport to one server: `({ url }) => createFetchTransport({ baseUrl: url })`, or `nodeConnector()` of `@connect-ts/balance/node`. */
  readonly connect: (address: Address) => Transport;
  /** Which server gets a call. @default "round_robin" */
  readonly policy?: BalancePolicy | undefined;
  /** What interceptors and throttles see as the peer's address before a server is picked. @default the first URL */
  readonly name?: string | undefined;
  /** How often a function is asked for addresses again, from 1 to 2147483647. A server that cannot be reached makes it be asked sooner, at most once in a second. @default 30000 */
  readonly refreshMs?: number | undefined;
  /** Connect to each server before it gets calls, and again when the connection was lost, by one call of its health service; any answer will do. @default false */
  readonly warmUp?: boolean | undefined;
  /**
   * Give calls only to servers whose health service says that this service serves; `""` is the server as a whole. A stream
   * watches each, which warms it up too, and keeps the process alive until the transport is closed. @default none: not asked
   */
  readonly healthService?: string | undefined;
  /** Leave servers out for a while that fail more often than the others; `{}` takes the defaults. @default none */
  readonly outlierEjection?: OutlierOptions | undefined;
  /** How long a server is left alone that could not be reached; 1.6 times as long after each further failure, 20 % more or less. From 1 to 2147483647. @default 1000 */
  readonly downMs?: number | undefined;
  /** The longest such time, from 1 to 2147483647. @default 60000 */
  readonly maxDownMs?: number | undefined;
  /** How many bytes of request messages of a stream are kept for another server until the response begins, from 0. @default 65536 */
  readonly replayBytes?: number | undefined;
  /** Is told when nobody could say where servers are. Calls go on with those that were known. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** For tests: from 0 to below 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** For tests: another clock. @default that of the platform */
  readonly clock?: Clock | undefined;
}

/** What is known of one server. */
export interface ServerInfo {
  readonly address: Address;
  readonly state: ServerState;
  /** Calls that run on it. */
  readonly calls: number;
}

/** A transport to several servers. */
export interface BalancedTransport extends Transport {
  /** Takes no more calls. Those that run end as they would; then their connections close. */
  close(): void;
  /** As `close()`; resolves when the last call has ended. */
  drain(): Promise<void>;
  /** As `drain()`: `await using transport = balance(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** The servers as they stand; after `close()` those on which calls still run. */
  servers(): ServerInfo[];
}

/**
 * A transport that spreads calls over several servers. Each attempt of a call picks a server; one that no server has seen, or
 * that may run twice, goes on to the next server when its own is not there. For more than that put `withRetry` around it.
 *
 * @throws TypeError or RangeError for a bad option
 */
export function balance(options: BalanceOptions): BalancedTransport {
  checkOptions("balance", options, {
    addresses: undefined,
    connect: undefined,
    policy: undefined,
    name: undefined,
    refreshMs: undefined,
    warmUp: undefined,
    healthService: undefined,
    outlierEjection: undefined,
    downMs: undefined,
    maxDownMs: undefined,
    replayBytes: undefined,
    onError: undefined,
    random: undefined,
    clock: undefined,
  });
  return new Balanced(options);
}

class Balanced implements BalancedTransport {
  static {
    // Node has the symbol from 20.4 on; without it there is the one that downlevelled `await using` looks for.
    const asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
    Object.defineProperty(Balanced.prototype, asyncDispose, { value: Balanced.prototype.drain });
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;
  readonly balancer: Balancer;
  readonly watch: AddressWatch | undefined;
  readonly outliers: OutlierDetection | undefined;
  readonly replayBytes: number;
  readonly name: string | undefined;

  constructor(options: BalanceOptions) {
    const { addresses, clock = platformClock, random = Math.random, onError } = options;
    check(options);
    this.name = options.name;
    this.replayBytes = options.replayBytes ?? 65_536;
    const balancer = new Balancer({
      connect: options.connect,
      pick: pickerOf(options.policy ?? "round_robin", random),
      clock,
      random,
      pauses: { downMs: options.downMs ?? 1_000, maxDownMs: options.maxDownMs ?? 60_000 },
      warmUp: options.warmUp ?? false,
      healthService: options.healthService,
      missed: () => this.watch?.refresh(),
    });
    this.balancer = balancer;
    if (options.outlierEjection !== undefined) {
      const servers = (): Iterable<Server> => balancer.servers.values();
      this.outliers = new OutlierDetection(options.outlierEjection, clock, servers, balancer.changed);
    }
    if (typeof addresses !== "function") {
      balancer.list(targetsOf(addresses));
      return;
    }
    this.watch = new AddressWatch(addresses, clock, options.refreshMs ?? 30_000, {
      listed: (targets) => balancer.list(targets),
      failed(error) {
        balancer.listFailed(error);
        onError?.(error);
      },
    });
    void this.watch.ask();
  }

  peer(): ReturnType<Transport["peer"]> {
    const [first] = this.balancer.servers.values();
    const peer = first?.transport.peer();
    return {
      address: this.name ?? peer?.address ?? "",
      protocol: peer?.protocol ?? "connect",
      httpVersion: peer?.httpVersion,
    };
  }

  async unary<I, O>(call: TransportCall<I, O>, message: OutgoingMessage<I>): Promise<TransportResponse<O>> {
    const { balancer } = this;
    const tries = new Tries();
    for (;;) {
      const server = balancer.take(call, tries) ?? (await balancer.takeLater(call, tries));
      try {
        const response = await server.transport.unary(impatient(call), message);
        balancer.ended(call, server, undefined, tries);
        return response;
      } catch (reason) {
        const error = ConnectError.from(reason);
        if (!balancer.ended(call, server, error, tries)) throw error;
      }
    }
  }

  stream<I, O>(call: TransportCall<I, O>): ClientConn<I, O> {
    return new BalancedConn(this.balancer, call, this.replayBytes);
  }

  servers(): ServerInfo[] {
    const { closed, servers, leaving } = this.balancer;
    return [...(closed === undefined ? servers.values() : []), ...leaving].map(({ target, shownState, calls }) => {
      const { key: _, ...address } = target;
      return { address, state: shownState, calls };
    });
  }

  close(): void {
    this.watch?.close();
    this.outliers?.stop();
    this.balancer.close();
  }

  async drain(): Promise<void> {
    this.close();
    const { leaving, waiting } = this.balancer;
    while (leaving.size > 0) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  }
}

/** @throws TypeError or RangeError for a bad option that nobody else checks */
function check(options: BalanceOptions): void {
  const { connect, addresses, healthService, name } = options;
  if (typeof connect !== "function") throw new TypeError("connect must be a function that makes a transport");
  if (typeof addresses !== "function" && !Array.isArray(addresses)) {
    throw new TypeError(`addresses must be a list or a function, and ${typeof addresses} is neither`);
  }
  for (const [option, value] of Object.entries({ healthService, name })) {
    if (value !== undefined && typeof value !== "string") {
      throw new TypeError(`${option} must be a string, and ${typeof value} is none`);
    }
  }
  for (const option of ["refreshMs", "downMs", "maxDownMs", "replayBytes"] as const) {
    const value = options[option];
    const least = option === "replayBytes" ? 0 : 1;
    if (value !== undefined && !(typeof value === "number" && value >= least && value <= 0x7fffffff)) {
      throw new RangeError(`${option} must be a number from ${least} to 2147483647, and ${String(value)} is not`);
    }
  }
}
