import type { PeerName } from "./outcome.js";
import { ServerProcess, type ServerState } from "./server-process.js";
import type { ServerInit } from "./servers.js";

/** A row of RELIABILITY.md: a promise, and the program that looks whether it is kept. */
export interface Row {
  readonly id: string;
  readonly promise: string;
  /** The libraries that it can look at, ours first. */
  readonly peers: readonly PeerName[];
  /** Measures what the machine can do, which other work on it spoils: runs only when it is named, and with `--long`. */
  readonly measures?: true;
  /** How long the short form and the long one may take for one library, in seconds. */
  readonly seconds: readonly [short: number, long: number];
  /** Gives the figure. */
  run(run: RowRun): Promise<string>;
}

/** What a row's process tells. */
export interface RowResult {
  readonly figure: string;
  /** Nothing, when the promise is kept. */
  readonly problems: readonly string[];
  readonly problemCount: number;
}

/** How many problems are told in full. */
const toldProblems = 12;

/** One run of a row, and its oracle. */
export class RowRun {
  readonly peer: PeerName;
  readonly long: boolean;
  readonly problems: string[] = [];
  problemCount = 0;
  readonly servers: Set<ServerProcess> = new Set();

  constructor(peer: PeerName, long: boolean) {
    this.peer = peer;
    this.long = long;
  }

  check(holds: boolean, problem: string): void {
    if (holds) return;
    this.problemCount++;
    if (this.problems.length < toldProblems) this.problems.push(problem);
  }

  /** Starts a server; it is looked at and ended after the row. */
  async server(init: Partial<ServerInit> = {}, program?: string): Promise<ServerProcess> {
    const server = this.process(program);
    await server.start({ peer: this.peer, ...init });
    return server;
  }

  /** A process for a server that starts later. */
  process(program?: string): ServerProcess {
    const server = new ServerProcess(program);
    this.servers.add(server);
    return server;
  }

  /** The server's process must live, with nothing unhandled. It is ended. */
  async endServer(server: ServerProcess): Promise<ServerState | undefined> {
    this.servers.delete(server);
    try {
      const state = await server.state();
      for (const fault of state.unhandled) this.check(false, `the server's process: ${fault}`);
      return state;
    } catch (error) {
      this.check(false, (error as Error).message);
      return undefined;
    } finally {
      await server.stop();
    }
  }

  /** Ends what the row has started; here, what is wrong with it is a problem of the row. */
  async end(): Promise<void> {
    for (const server of this.servers) await this.endServer(server);
  }
}

/** Works `count` times, `width` at a time; no more once it was told `false`. */
export async function times(count: number, width: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && (await work(next++)) !== false);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

/** Counts by name, as one line: `unavailable 3, internal 1`. */
export class Tally {
  readonly counts: Map<string, number> = new Map();

  add(name: string, count = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    return [...this.counts].map(([name, count]) => `${name} ${count}`).join(", ");
  }
}
