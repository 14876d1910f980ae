import { EventEmitter, getEventListeners } from "node:events";
import { connect, grpc, grpcWeb, type Interceptor, json, type Transport } from "@connect-ts/runtime";
import { bindTransport } from "@connect-ts/runtime/codegen";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createNodeTransport, type ServeOptions } from "@connect-ts/runtime/node";
import { Bare } from "./bare.js";
import { Caller } from "./caller.js";
import { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { simulatedGzip } from "./compression.js";
import { ExactCalls } from "./exact-calls.js";
import { exactly } from "./exactly.js";
import { Faults } from "./faults.js";
import type { FetchNetwork } from "./fetch-network.js";
import { foreign, wild } from "./foreign.js";
import { type InterceptorName, interceptor } from "./interceptors.js";
import type { InnerServer } from "./listener.js";
import { type CallLog, logOf } from "./log.js";
import { misuse } from "./misuse.js";
import type { Network } from "./network.js";
import { isOddWorld } from "./odd-plan.js";
import { oddInterceptor } from "./oddities.js";
import { type CallPlan, isOdd, type Kind, type Plan } from "./plan.js";
import { routesOf, surroundingsOf } from "./routes.js";
import { serviceOf } from "./service.js";
import { strangeId } from "./strange-requests.js";
import { visit } from "./strangers.js";
import { UserHttp } from "./user-http.js";
import { UserRouter } from "./user-router.js";

/** A call that nothing stops. It waits for a server, as the client may have tried in vain for long. */
const plainCall = {
  id: 1000,
  timeoutMs: undefined,
  abortAt: undefined,
  oddity: undefined,
  waitForReady: true,
  requests: [{ size: 10, gap: 0 }],
  requestStop: undefined,
  sender: "generator",
  reader: { gap: 0, headers: false },
  handler: {
    wait: 0,
    reads: 1000,
    gap: 0,
    responses: [{ size: 5, gap: 0 }],
    headersFirst: false,
    metadata: 0,
    deaf: false,
    echo: true,
  },
  metadata: 0,
} as const;

/** What strangers have to say is said in this time, in milliseconds, at most. */
const visitMs = 300;

/** How long things are waited for, in milliseconds. */
export interface Times {
  /** Until all calls that nothing holds up have ended. */
  readonly settleMs: number;
  /** So many looks are taken whether calls end by themselves where nothing else happens, and so long each. */
  readonly slices: number;
  readonly sliceMs: number;
  /** Until an end has reached both sides. */
  readonly quietMs: number;
  /** Until everything that has an end of its own has ended. */
  readonly longMs: number;
  /** What a busy machine may take. */
  readonly slackMs: number;
}

/** Those of a simulation, which take no time. */
export const simulatedTimes: Times = {
  settleMs: 300_000,
  slices: 8,
  sliceMs: 10_000,
  quietMs: 5_000,
  longMs: 400_000,
  slackMs: 0,
};

/** A client, a network and servers, of which a plan says what happens. */
export class World {
  readonly plan: Plan;
  readonly clock: Ticker;
  readonly network: Network;
  readonly faults: Faults;
  readonly logs: CallLog[];
  /** What goes on beside the client and its servers, and has nothing to do with them. */
  readonly beside: (Bare | ExactCalls | UserHttp | UserRouter)[] = [];
  /** What handlers did for strangers. */
  readonly strange: CallLog;
  readonly callers: Caller[] = [];
  readonly servers: InnerServer[] = [];
  readonly transport: Transport;
  /** What must not happen at all. */
  readonly wrong: string[] = [];
  /** What `onError` of the server was told. */
  readonly reported: unknown[] = [];
  readonly gate: Promise<void>;
  openGate: () => void = () => undefined;

  readonly looks: boolean;
  readonly times: Times;
  readonly begun: number;

  constructor(plan: Plan, clock: Ticker, network: Network, times: Times) {
    this.plan = plan;
    this.clock = clock;
    this.network = network;
    this.times = times;
    this.looks = plan.setup.looks;
    this.begun = clock.clock;
    this.logs = plan.calls.map(logOf);
    this.strange = logOf({ ...(plan.calls[0] as CallPlan), ...plainCall, id: strangeId });
    this.gate = new Promise((resolve) => {
      this.openGate = resolve;
    });
    this.faults = new Faults(this);
    this.transport = this.connect();
  }

  get server(): InnerServer {
    return this.servers.at(-1) as InnerServer;
  }

  logOf(headers: { get(name: string): string | null }): CallLog {
    // A call with a bad option has none.
    const id = Number(headers.get("x-call") ?? strangeId);
    return this.logs.find(({ plan }) => plan.id === id) ?? this.strange;
  }

  /** A server begins to listen. */
  async listen(): Promise<void> {
    const { setup } = this.plan;
    const compressions = [simulatedGzip(this.clock, this.plan, "")];
    const options: ServeOptions = {
      ...setup.server,
      ...surroundingsOf(setup),
      handlers: setup.routes ? [serviceOf(this), ...routesOf(this.clock)] : [serviceOf(this)],
      compressions: setup.serverCompression || setup.clientCompression ? compressions : [],
      compressMinBytes: setup.compressMinBytes,
      readMaxBytes: setup.readMaxBytes,
      allowHalfDuplexBidiOverHttp1: true,
      interceptors: this.interceptors(setup.handlerInterceptors, "handler"),
      // What it does wrong itself is nobody's concern.
      onError: (error: unknown) => {
        const count = this.reported.push(error);
        if (count % 3 === 1) throw new Error("as planned");
        return count % 3 === 2 ? Promise.reject(new Error("as planned")) : undefined;
      },
      onRouteError: (error: unknown) => {
        if (!/as planned|handle\(\) of the route|the client takes \d+/.test(String(error)))
          this.wrong.push(`onRouteError was told of ${String(error)}`);
      },
    };
    this.servers.push(await this.network.start(options));
  }

  connect(): Transport {
    const { setup } = this.plan;
    const { protocol } = setup;
    const gzip = simulatedGzip(this.clock, this.plan, " client");
    const { network } = this;
    const options = {
      baseUrl: `http://simulated.test${setup.prefix ? "/api" : ""}`,
      protocol: protocol === "connect" ? connect({ useHttpGet: setup.get }) : protocol === "grpc" ? grpc() : grpcWeb(),
      ...(setup.json ? { codec: json() } : undefined),
      ...(setup.clientCompression ? { sendCompression: gzip } : undefined),
      acceptCompression: setup.clientCompression || setup.serverCompression ? [gzip] : [],
      compressMinBytes: setup.compressMinBytes,
      readMaxBytes: setup.readMaxBytes,
      allowHalfDuplexBidiOverHttp1: true,
    };
    const own = (transport: Transport): Transport => {
      if (setup.odd.transport) return wild(transport, new Chance(`${this.plan.seed} transport`));
      return setup.foreign ? foreign(transport) : transport;
    };
    if (setup.http !== "fetch")
      return own(
        createNodeTransport({
          ...options,
          ...setup.client,
          http: setup.http,
          createConnection: () => network.dial(),
        }),
      );
    const { sendMaxBytes } = setup.client;
    const fetch = (url: string, init: RequestInit): Promise<Response> => (network as FetchNetwork).fetch(url, init);
    return own(createFetchTransport({ ...options, sendMaxBytes, fetch, duplex: "full" }));
  }

  interceptors(names: readonly InterceptorName[], side: "client" | "handler"): Interceptor[] {
    const { interceptors, odd } = this.plan.setup;
    const again = interceptors.includes("again");
    return [
      ...names.map((name) => interceptor(this, name, side, again)),
      ...odd[side].map((name) => oddInterceptor(name, this)),
    ];
  }

  /** Nothing happens to connections, and no option of the server ends one early, or lets less come than a stranger sends. */
  get isUndisturbed(): boolean {
    const { faults, setup } = this.plan;
    const free = Object.keys(setup.server).every((name) => name === "connectionWindowBytes");
    return faults.length === 0 && free && !isOddWorld(setup.odd) && !setup.prefix;
  }

  /** Clients that are not ours come, too, and others talk HTTP/2 alone. */
  visits(): void {
    for (const [index, at] of this.plan.bare.entries())
      this.clock.at(this.begun + at, "user", "bare HTTP/2 begins", () => {
        const { requestLine, responseLine } = this.plan.setup;
        this.beside.push(
          new Bare(this.clock, new Chance(`${this.plan.seed} bare ${index}`), [requestLine, responseLine]),
        );
      });
    for (const [index, at] of this.plan.stacks.entries())
      this.clock.at(this.begun + at, "user", "stacks of users begin", () => {
        const chance = new Chance(`${this.plan.seed} stacks ${index}`);
        this.wrong.push(...misuse(chance));
        this.beside.push(new UserHttp(this.clock, chance), new UserRouter(this.clock, chance));
      });
    // They ask for the very millisecond.
    const isExact =
      this.plan.exact && this.times.slackMs === 0 && this.plan.faults.every(({ kind }) => kind !== "jump");
    if (isExact)
      this.clock.at(this.begun, "user", "calls within the process begin", () => {
        this.beside.push(new ExactCalls(this.clock, new Chance(`${this.plan.seed} exact calls`)));
      });
    for (const [index, at] of this.plan.visits.entries())
      this.clock.at(this.begun + at, "user", "a stranger comes", () => {
        const chance = new Chance(`${this.plan.seed} visit ${index}`);
        visit(this.network, chance, this.isUndisturbed && index === 0, (wrong) => this.wrong.push(...wrong));
      });
  }

  /** Runs the plan to its end; then `wrong` tells what is left that should not be. */
  async run(): Promise<void> {
    const { clock, plan, logs } = this;
    await this.listen();
    const client = bindTransport(this.transport, {
      timeoutMs: plan.setup.clientTimeoutMs,
      headers: { "x-default": "of the client", "x-call": "none" },
      interceptors: this.interceptors(plan.setup.interceptors, "client"),
    });
    for (const log of logs) {
      const caller = new Caller(this, log);
      this.callers.push(caller);
      clock.at(this.begun + log.plan.at, "user", "", () => caller.start(client));
    }
    this.faults.schedule();
    if (plan.exact) this.wrong.push(...exactly(new Chance(`${plan.seed} exactly`)));
    this.visits();
    const visited = this.begun + Math.max(0, ...plan.bare, ...plan.stacks, ...plan.visits.map((at) => at + visitMs));
    const settled = (): boolean =>
      clock.clock >= visited && logs.every(({ settled }) => settled > 0) && this.beside.every(({ settled }) => settled);
    const last = this.begun + Math.max(...plan.calls.map(({ at }) => at), ...plan.faults.map(({ at, ms }) => at + ms));
    const { times } = this;
    const end = last + times.settleMs;
    // When all that is left are watchers, they get a while, in which they find whom to give up.
    const moved = (): number =>
      this.network.connections.reduce(
        (sum, { requests, responses }) => sum + requests.watch.moved + responses.watch.moved,
        0,
      );
    let before = 0;
    for (let quiet = 0; !settled() && clock.clock < end && quiet < times.slices; quiet++) {
      if (clock.busy(end) || moved() > before) quiet = 0;
      before = moved();
      await clock.run(Math.min(end, clock.clock + times.sliceMs), settled);
    }
    if (!settled()) this.stuck();
    this.network.dismiss();
    for (const one of this.beside) this.wrong.push(...one.finish());
    // Whoever hangs goes on, and all gets through.
    this.openGate();
    this.faults.end();
    for (const caller of this.callers) caller.abort();
    await clock.run(clock.clock + times.quietMs);
    this.quiet();
    this.faults.cutSpoiled();
    await clock.run(clock.clock + 1);
    await this.probe();
    this.transport.close?.();
    for (const server of this.servers)
      server.close().catch((error: unknown) => this.wrong.push(`close: ${String(error)}`));
    await clock.run(clock.clock + times.longMs);
    this.network.dismiss();
    this.leftOver();
    this.network.close();
  }

  /** Nothing happens any more, and calls have not ended that nobody holds up. */
  stuck(): void {
    const hangs = ({ handler, requestStop }: CallPlan): boolean =>
      handler.stop?.how === "hang" || requestStop?.how === "hang";
    // Others wait until there is room.
    if (this.plan.setup.server.maxConcurrentStreams !== undefined && this.plan.calls.some(hangs)) return;
    for (const { plan, settled, startedAt } of this.logs) {
      if (settled > 0 || startedAt < 0) continue;
      if (hangs(plan) || this.faults.mayHang()) continue;
      this.wrong.push(`call ${plan.id} does not end, and nothing holds it up`);
    }
  }

  /** All calls are over: connections that are still there are as if there had been none. */
  quiet(): void {
    const { wrong } = this;
    for (const { plan, settled } of this.logs) if (settled !== 1) wrong.push(`call ${plan.id} ended ${settled} times`);
    for (const { controller, log } of this.callers) {
      const listeners = getEventListeners(controller.signal, "abort").length;
      if (listeners > 0) wrong.push(`the signal of call ${log.plan.id} has ${listeners} listeners`);
    }
    // A transport that is odd may leave anything behind.
    if (this.faults.spoiled.size > 0 || this.plan.setup.odd.transport) return;
    for (const server of this.servers) {
      if (server.calls.active !== 0) wrong.push(`the server counts ${server.calls.active} calls`);
      if (server.router.active !== 0) wrong.push(`the router counts ${server.router.active} calls`);
      // Interceptors that do not wait for a handler leave it to itself.
      if (server.router.orphans !== 0 && this.plan.setup.odd.handler.length === 0)
        wrong.push(`the router counts ${server.router.orphans} handlers that run`);
      for (const { connection, active } of server.connections.all) {
        if (active !== 0) wrong.push(`a server's connection counts ${active} calls`);
        if (connection.streams.size !== 0) wrong.push(`a server's connection has ${connection.streams.size} streams`);
        if (connection.queue.bytes !== 0)
          wrong.push(`a server's connection keeps ${connection.queue.bytes} bytes to send`);
        const { held, spent, starved } = connection.credit;
        if (held !== 0 || spent !== 0 || starved.size !== 0)
          wrong.push(`a server's connection holds ${held}, has lent ${spent} bytes, ${starved.size} starve`);
      }
    }
    for (const { number, requests, responses } of this.network.open) {
      const told = [...requests.watch.said, ...responses.watch.said].some(({ frame }) => frame === "goaway");
      if (told) wrong.push(`connection ${number} stays open after GOAWAY and its last call`);
    }
  }

  /** Whatever happened, the next call works. */
  async probe(): Promise<void> {
    const { clock, faults, network } = this;
    if (faults.incidents.some(({ fault }) => fault.kind === "client close")) return;
    const { server, odd } = this.plan.setup;
    if (server.maxTimeoutMs !== undefined || isOddWorld(odd)) return;
    if (network.listener === undefined) await this.listen();
    const calls = ["unary", "bidi"] as const;
    const log = logOf({ ...(this.plan.calls[0] as CallPlan), ...plainCall, kind: calls[this.plan.seed % 2] as Kind });
    this.logs.push(log);
    const caller = new Caller(this, log);
    caller.start(bindTransport(this.transport));
    await clock.run(clock.clock + this.times.longMs, () => log.settled > 0);
    this.logs.pop();
    if (log.outcome !== "ok") this.wrong.push(`the next call ends ${log.outcome ?? "never"}: ${log.text}`);
    if (log.settled === 0) caller.abort();
    await clock.run(clock.clock + this.times.quietMs / 5);
  }

  /** Client and servers are closed, and a long time has passed. */
  leftOver(): void {
    const { wrong, clock, network } = this;
    const { setup } = this.plan;
    // A transport that is odd may end calls without a word to fetch, or to the agent of HTTP/1.1, which go on with them.
    const abandoned = setup.odd.transport && setup.http !== "2";
    for (const { number, client, server } of abandoned ? [] : network.connections) {
      if (!client.destroyed || !server.destroyed) wrong.push(`connection ${number} is not closed`);
    }
    for (const one of this.beside) if (one instanceof UserRouter) wrong.push(...one.left());
    if (clock.timers.size > 0) wrong.push(`${clock.timers.size} timers are left`);
    for (const server of this.servers) {
      if (server.connections.all.size > 0) wrong.push("the server has connections");
      if (server.sockets.size > 0) wrong.push("the server has sockets");
    }
    for (const log of [...this.logs, this.strange]) {
      const { plan, entered, left, runs, trailers, outcome } = log;
      // As above.
      if (this.plan.setup.odd.handler.length > 0 || abandoned) continue;
      if (entered !== left) wrong.push(`the generator of requests of call ${plan.id} was not closed`);
      for (const { endedAt } of runs)
        if (endedAt === undefined) wrong.push(`the handler of call ${plan.id} never ended`);
      if (isOdd(this.plan, plan)) continue;
      if (trailers !== undefined && outcome !== "left" && (trailers === "ok") !== (outcome === "ok"))
        wrong.push(`trailers of call ${plan.id} say ${trailers}, and it ended ${outcome}`);
    }
  }
}

EventEmitter.defaultMaxListeners = 100;
