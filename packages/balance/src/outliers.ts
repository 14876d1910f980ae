import type { Clock } from "./clock.js";
import type { Server } from "./server.js";

/** When a server is taken out that fails more often than the others do: gRFC A50. Times are in milliseconds. */
export interface OutlierOptions {
  /** How often the servers are compared, from 1 to 2147483647. @default 10000 */
  readonly intervalMs?: number | undefined;
  /** How long a server is out for the first time; each further time takes as much longer. From 1 to 2147483647. @default 30000 */
  readonly ejectionMs?: number | undefined;
  /** The longest time that a server is out, from 1 to 2147483647. @default 300000 */
  readonly maxEjectionMs?: number | undefined;
  /** How many of all servers may be out at the same time, in percent from 0 to 100; one always may. @default 10 */
  readonly maxEjectedPercent?: number | undefined;
  /** How many calls a server must have had in the interval to be judged, from 1. @default 50 */
  readonly minCalls?: number | undefined;
  /** How many such servers there must be, from 1. @default 5 */
  readonly minServers?: number | undefined;
  /** A server is out when more of its calls fail than this, in percent from 0 to 100. @default 85 */
  readonly failurePercent?: number | undefined;
  /** A server is out when its share of good calls is this many standard deviations below the mean, from 0. @default 1.9 */
  readonly deviations?: number | undefined;
}

/** Options with all their values. */
type Limits = { readonly [Name in keyof OutlierOptions]-?: number };

/** @throws RangeError for a bad option */
function limitsOf(options: OutlierOptions): Limits {
  const range = (name: keyof OutlierOptions, standard: number, least: number, most: number): number => {
    const value = options[name] ?? standard;
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new RangeError(
      `${name} of outlierEjection must be a number from ${least} to ${most}, and ${String(value)} is not`,
    );
  };
  return {
    intervalMs: range("intervalMs", 10_000, 1, 0x7fffffff),
    ejectionMs: range("ejectionMs", 30_000, 1, 0x7fffffff),
    maxEjectionMs: range("maxEjectionMs", 300_000, 1, 0x7fffffff),
    maxEjectedPercent: range("maxEjectedPercent", 10, 0, 100),
    minCalls: range("minCalls", 50, 1, Number.MAX_SAFE_INTEGER),
    minServers: range("minServers", 5, 1, Number.MAX_SAFE_INTEGER),
    failurePercent: range("failurePercent", 85, 0, 100),
    deviations: range("deviations", 1.9, 0, Number.MAX_SAFE_INTEGER),
  };
}

/** How often a server was out, and since when. */
interface Ejections {
  times: number;
  since: number;
}

/** Compares servers from time to time. */
export class OutlierDetection {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly servers: () => Iterable<Server>;
  readonly changed: () => void;
  readonly records: WeakMap<Server, Ejections> = new WeakMap();
  timer: unknown;

  constructor(options: OutlierOptions, clock: Clock, servers: () => Iterable<Server>, changed: () => void) {
    this.limits = limitsOf(options);
    this.clock = clock;
    this.servers = servers;
    this.changed = changed;
    this.wait();
  }

  wait(): void {
    this.timer = this.clock.after(this.limits.intervalMs, () => this.look(), true);
  }

  look(): void {
    const servers = [...this.servers()];
    this.eject(servers);
    for (const server of servers) {
      server.good = 0;
      server.bad = 0;
      this.readmit(server);
    }
    this.changed();
    this.wait();
  }

  eject(servers: readonly Server[]): void {
    const { minCalls, minServers, failurePercent, deviations } = this.limits;
    const judged = servers.filter((server) => !server.isEjected && server.good + server.bad >= minCalls);
    if (judged.length < minServers) return;
    const rates = judged.map(({ good, bad }) => good / (good + bad));
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
    const least = mean - deviations * Math.sqrt(variance);
    for (const [index, server] of judged.entries()) {
      const rate = rates[index] as number;
      if (rate >= least && 100 * (1 - rate) <= failurePercent) continue;
      if (!this.mayEject(servers)) return;
      const times = (this.records.get(server)?.times ?? 0) + 1;
      this.records.set(server, { times, since: this.clock.now() });
      server.isEjected = true;
    }
  }

  mayEject(servers: readonly Server[]): boolean {
    const ejected = servers.filter((server) => server.isEjected).length;
    return ejected === 0 || (100 * (ejected + 1)) / servers.length <= this.limits.maxEjectedPercent;
  }

  /** A server that is out for long enough comes back; one that is not out is forgiven bit by bit. */
  readmit(server: Server): void {
    const record = this.records.get(server);
    if (record === undefined) return;
    const { ejectionMs, maxEjectionMs } = this.limits;
    if (!server.isEjected) record.times = Math.max(0, record.times - 1);
    else if (this.clock.now() - record.since >= Math.min(ejectionMs * record.times, maxEjectionMs)) {
      server.isEjected = false;
    }
  }

  stop(): void {
    this.clock.cancel(this.timer);
  }
}
