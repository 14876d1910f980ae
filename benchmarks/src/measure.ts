import { testCertificates } from "../../tests/setup/certificates.js";
import type { Usage } from "./commands.js";
import { median } from "./median.js";
import type { PeerName } from "./peers/index.js";
import type { Certificates, Setup } from "./peers/peer.js";
import type { Scenario } from "./scenarios.js";
import { WorkerProcess } from "./worker-process.js";

/** CPU time per operation, in microseconds. */
export interface Figure {
  readonly client: number;
  readonly server: number;
}

export type Figures = ReadonlyMap<PeerName, Figure>;

export interface MeasureOptions {
  readonly peers: readonly PeerName[];
  /** How often all processes are started anew: what V8 makes of the same code differs from one to the next. */
  readonly generations: number;
  /** Of each generation. */
  readonly rounds: number;
  /** CPU time of the client's side, in milliseconds. */
  readonly warmUpMs: number;
  readonly roundMs: number;
}

/** A server and a client of one stack, each in its process. */
export class Pair {
  readonly server: WorkerProcess;
  readonly client: WorkerProcess;

  constructor(serverArgv: readonly string[] = [], clientArgv: readonly string[] = []) {
    this.server = new WorkerProcess(serverArgv);
    this.client = new WorkerProcess(clientArgv);
  }

  async start(peer: PeerName, setup: Setup, heldObjects = 0): Promise<void> {
    for (const worker of [this.server, this.client]) await worker.do({ type: "hold", objects: heldObjects });
    const port = await this.server.do<number>({ type: "serve", peer, setup });
    await this.client.do({ type: "connect", peer, setup, port });
  }

  async load(load: Scenario["load"], cpuMs: number): Promise<Figure> {
    const before = await this.usage();
    const operations = await this.client.do<number>({ type: "load", load: { ...load, cpuMs } });
    const after = await this.usage();
    return {
      client: (after.client - before.client) / operations,
      server: (after.server - before.server) / operations,
    };
  }

  async usage(): Promise<Figure> {
    const [client, server] = await Promise.all(
      [this.client, this.server].map((worker) => worker.do<Usage>({ type: "usage" })),
    );
    return { client: (client as Usage).cpuUs, server: (server as Usage).cpuUs };
  }

  async stop(): Promise<void> {
    await this.client.stop();
    await this.server.stop();
  }
}

let certificates: Certificates | undefined;

export function setupOf({ setup }: Scenario): Setup {
  const { tls, ...rest } = setup;
  if (!tls) return rest;
  if (certificates === undefined) {
    const made = testCertificates();
    certificates = { ca: made.ca, cert: made.server.cert, key: made.server.key };
  }
  return { ...rest, tls: certificates };
}

/** Measures the stacks of a scenario: all of them run at once, and take turns. */
export async function measure(scenario: Scenario, options: MeasureOptions): Promise<Figures> {
  const peers = scenario.peers.filter((peer) => options.peers.includes(peer));
  const rounds = new Map<PeerName, Figure[]>(peers.map((peer) => [peer, []]));
  for (let generation = 0; generation < options.generations; generation++) {
    for (const group of scenario.withoutTurns ? peers.map((peer) => [peer]) : [peers]) {
      await runGroup(scenario, options, group, rounds);
    }
  }
  return new Map([...rounds].map(([peer, figures]) => [peer, medians(figures)]));
}

async function runGroup(
  scenario: Scenario,
  options: MeasureOptions,
  peers: readonly PeerName[],
  rounds: ReadonlyMap<PeerName, Figure[]>,
): Promise<void> {
  const pairs = new Map(peers.map((peer) => [peer, new Pair()]));
  try {
    for (const [peer, pair] of pairs) {
      await pair.start(peer, setupOf(scenario), scenario.heldObjects);
      await pair.load(scenario.load, options.warmUpMs);
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const [peer, pair] of pairs) rounds.get(peer)?.push(await pair.load(scenario.load, options.roundMs));
    }
  } finally {
    await Promise.all([...pairs.values()].map((pair) => pair.stop()));
  }
}

function medians(figures: readonly Figure[]): Figure {
  return { client: median(figures.map(({ client }) => client)), server: median(figures.map(({ server }) => server)) };
}

export function sum({ client, server }: Figure): number {
  return client + server;
}
