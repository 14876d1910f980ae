import { ConnectError } from "@connect-ts/runtime";
import type { Transport, TransportCall } from "@connect-ts/runtime/transport";
import type { Address, Target } from "./addresses.js";
import type { Clock } from "./clock.js";
import type { Picker } from "./policy.js";
import { Probe } from "./probe.js";
import { mayRunElsewhere, type Pauses, Server } from "./server.js";

/** What a call has tried so far. */
export class Tries {
  readonly servers: Set<Server> = new Set();
  /** It went to a server that was not open, because none was. */
  isDesperate = false;
  /** What the last server failed with. */
  error: ConnectError | undefined;
}

/** What a {@link Balancer} is made with. */
export interface BalancerSetup {
  readonly connect: (address: Address) => Transport;
  readonly pick: Picker;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pauses: Pauses;
  readonly warmUp: boolean;
  readonly healthService: string | undefined;
  /** A server could not be reached. */
  readonly missed: () => void;
}

/** The servers there are, and which of them gets a call. */
export class Balancer {
  readonly setup: BalancerSetup;
  servers: Map<string, Server> = new Map();
  readonly leaving: Set<Server> = new Set();
  readonly probes: Map<Server, Probe> = new Map();
  readonly waiting: Set<() => void> = new Set();
  /** Nobody has said yet where servers are. */
  isUnlisted = true;
  /** Why nobody could say where servers are. */
  listError: unknown;
  /** Set when no further call is taken. */
  closed: ConnectError | undefined;

  constructor(setup: BalancerSetup) {
    this.setup = setup;
  }

  /** These are the servers from now on. Those that stay keep their connections. */
  list(targets: Map<string, Target>): void {
    const { connect, clock, pauses, random, warmUp, healthService } = this.setup;
    const isProbed = warmUp || healthService !== undefined;
    const servers = new Map<string, Server>();
    for (const [key, target] of targets) {
      const known = this.servers.get(key);
      servers.set(key, known ?? new Server(target, connect(target), clock, pauses, random, isProbed));
    }
    const former = this.servers;
    this.servers = servers;
    for (const [key, target] of targets) (servers.get(key) as Server).target = target;
    this.isUnlisted = false;
    for (const [key, server] of former) if (servers.get(key) !== server) this.leave(server);
    if (isProbed) {
      for (const server of servers.values()) {
        if (!this.probes.has(server)) this.probes.set(server, new Probe(server, healthService, clock, this.changed));
      }
    }
    this.changed();
  }

  /** Nobody could say where servers are; what was known stays. */
  listFailed(error: unknown): void {
    this.isUnlisted = false;
    this.listError = error;
    this.changed();
  }

  leave(server: Server): void {
    this.probes.get(server)?.stop();
    this.probes.delete(server);
    server.leave();
    if (server.calls > 0) this.leaving.add(server);
  }

  /** Calls that wait look again. */
  readonly changed = (): void => {
    for (const wake of [...this.waiting]) wake();
  };

  /** The server that a call goes to, which is counted there until `ended()`; `undefined` when it has to wait or to fail. */
  take(call: TransportCall, tries: Tries): Server | undefined {
    if (this.closed !== undefined) throw this.closed;
    const server = this.choose(call, tries);
    if (server === undefined) return undefined;
    tries.servers.add(server);
    server.begin();
    return server;
  }

  choose(call: TransportCall, tries: Tries): Server | undefined {
    let open: Server[] = [];
    let priority = Number.POSITIVE_INFINITY;
    for (const server of this.servers.values()) {
      if (server.target.priority > priority || !server.isOpen || tries.servers.has(server)) continue;
      if (server.target.priority < priority) open = [];
      priority = server.target.priority;
      open.push(server);
    }
    if (open.length > 0) return open.length === 1 ? open[0] : this.setup.pick(open, call);
    if (tries.isDesperate || this.isConnecting) return undefined;
    tries.isDesperate = true;
    return this.lastResort(tries);
  }

  get isConnecting(): boolean {
    return [...this.servers.values()].some(({ state }) => state === "connecting");
  }

  /** Of the servers that are better left alone the one whose time is up first. */
  lastResort(tries: Tries): Server | undefined {
    let best: Server | undefined;
    for (const server of this.servers.values()) {
      if (!server.isLastResort || tries.servers.has(server)) continue;
      if (best === undefined || server.downUntil < best.downUntil) best = server;
    }
    return best;
  }

  /** Waits for a server as long as there is hope. @throws ConnectError when there is none, or the call ends */
  async takeLater(call: TransportCall, tries: Tries): Promise<Server> {
    for (;;) {
      const server = this.take(call, tries);
      if (server !== undefined) return server;
      if (call.waitForReady === true && (tries.error?.code ?? "unavailable") === "unavailable") tries.servers.clear();
      else if (!this.isUnlisted && (tries.error !== undefined || !this.isConnecting)) {
        throw tries.error ?? this.noServer();
      }
      await this.change(call);
    }
  }

  noServer(): ConnectError {
    const states = [...this.servers.values()].map(({ target, shownState }) => `${target.key} is ${shownState}`);
    if (states.length > 0) {
      return new ConnectError("unavailable", `no server can take the call: ${states.slice(0, 5).join(", ")}`);
    }
    const cause = this.listError;
    const why = cause === undefined ? "the list of addresses is empty" : String((cause as Error).message ?? cause);
    return new ConnectError("unavailable", `there is no server: ${why}`, { cause });
  }

  /** Waits until servers may be otherwise than they are. */
  change(call: TransportCall): Promise<void> {
    const { clock } = this.setup;
    return new Promise((resolve, reject) => {
      const over = (settle: () => void): void => {
        clock.cancel(timer);
        this.waiting.delete(wake);
        call.offCancel(ended);
        settle();
      };
      const wake = (): void => over(resolve);
      const ended = (error: ConnectError): void => over(() => reject(error));
      const times = [...this.servers.values()].map(({ downUntil }) => downUntil).filter((time) => time > clock.now());
      const timer = times.length === 0 ? undefined : clock.after(Math.min(...times) - clock.now(), wake, false);
      this.waiting.add(wake);
      call.onCancel(ended);
    });
  }

  /**
   * A call that {@link take} gave a server to is over there.
   *
   * @returns whether another server may be asked
   */
  ended(call: TransportCall, server: Server, error: ConnectError | undefined, tries: Tries): boolean {
    const { failures, isTried } = server;
    server.ended(error);
    if (server.isLeaving && server.calls === 0) this.leaving.delete(server);
    // Calls that wait have seen that one call tries the server: it is there, or they have to know until when it is left alone.
    if (isTried || (server.isLeaving && server.calls === 0)) this.changed();
    if (server.failures > failures) {
      this.probes.get(server)?.start();
      this.setup.missed();
    }
    tries.error = error;
    return error !== undefined && this.closed === undefined && mayRunElsewhere(call, error);
  }

  /** The head of a stream's response has come: the server is there, however long the stream goes on. */
  answered(server: Server): void {
    if (!server.isTried) return;
    server.isTried = false;
    server.reached();
    this.changed();
  }

  /** Takes no more calls. */
  close(): void {
    this.closed ??= new ConnectError("unavailable", "the balanced transport is closed");
    for (const server of this.servers.values()) this.leave(server);
    this.changed();
  }
}
