// A schedule as data: it is drawn from a seed, can be made smaller, and runs the same each time.
import { Chance } from "./chance.js";
import { aimsOf, type FaultPlan, faultOf } from "./fault-plan.js";
import {
  type CallerOddity,
  callerOddities,
  type HandlerOddity,
  handlerOddities,
  isOddWorld,
  notOdd,
  type OddPlan,
  oddOf,
} from "./odd-plan.js";
import type { Line } from "./socket.js";

export const kinds = ["unary", "idempotent", "server", "client", "bidi"] as const;
export type Kind = (typeof kinds)[number];
export const codes = [
  "invalid_argument",
  "not_found",
  "unavailable",
  "resource_exhausted",
  "canceled",
  "deadline_exceeded",
  "internal",
  "data_loss",
] as const;
export interface MessagePlan {
  readonly size: number;
  /** Milliseconds before it is sent. */
  readonly gap: number;
}

/** How a piece of user code that sends or reads messages ends. */
export interface StopPlan {
  /** After so many messages. */
  readonly after: number;
  readonly how: "throw" | "throw plainly" | "throw undefined" | "hang" | "return" | "abort";
  readonly code?: (typeof codes)[number] | undefined;
}

export interface CallPlan {
  readonly id: number;
  readonly kind: Kind;
  readonly at: number;
  readonly timeoutMs?: number | undefined;
  readonly abortAt?: number | undefined;
  readonly abortBy: "signal" | "cancel";
  readonly waitForReady: boolean;
  readonly compress?: boolean | undefined;
  readonly requests: readonly MessagePlan[];
  readonly requestStop?: StopPlan | undefined;
  readonly sender: "generator" | "send" | "eager" | "list";
  readonly reader: { readonly gap: number; readonly stopAfter?: number | undefined; readonly headers: boolean };
  readonly handler: HandlerPlan;
  readonly metadata: number;
  readonly oddity?: CallerOddity | undefined;
}

export interface HandlerPlan {
  readonly wait: number;
  /** How many requests it reads. */
  readonly reads: number;
  readonly gap: number;
  readonly responses: readonly MessagePlan[];
  readonly stop?: StopPlan | undefined;
  readonly headersFirst: boolean;
  readonly metadata: number;
  /** Goes on when its call is over. */
  readonly deaf: boolean;
  /** Bidi: answers while it reads, or after. */
  readonly echo: boolean;
  readonly oddity?: HandlerOddity | undefined;
}

/** Options that are numbers, of either side. */
export type Numbers = Partial<
  Record<
    | "streamWindowBytes"
    | "connectionWindowBytes"
    | "maxConnections"
    | "maxConcurrentStreams"
    | "pingIntervalMs"
    | "pingTimeoutMs"
    | "idleTimeoutMs"
    | "maxConnectionAgeMs"
    | "maxConnectionAgeGraceMs"
    | "connectTimeoutMs"
    | "keepaliveIntervalMs"
    | "keepaliveTimeoutMs"
    | "maxTimeoutMs"
    | "stalledWriterTimeoutMs"
    | "requestIdleTimeoutMs"
    | "sendMaxBytes"
    | "maxHeaderBytes"
    | "sendMaxHeaderBytes",
    number
  >
>;

export interface SetupPlan {
  readonly protocol: "connect" | "grpc" | "grpc-web";
  readonly http: "1.1" | "2" | "fetch";
  readonly json: boolean;
  readonly get: boolean;
  readonly clientCompression: boolean;
  readonly serverCompression: boolean;
  readonly compressMinBytes: number;
  readonly readMaxBytes?: number | undefined;
  readonly client: Numbers;
  readonly server: Numbers;
  readonly clientTimeoutMs?: number | undefined;
  readonly interceptors: readonly ("pass" | "wait" | "hooks" | "looks" | "unary" | "deadline" | "again")[];
  readonly handlerInterceptors: readonly ("pass" | "wait" | "hooks" | "looks" | "unary")[];
  readonly requestLine: Line;
  readonly responseLine: Line;
  /** The client has a transport that is not ours. */
  readonly foreign: boolean;
  /** Handlers look at all of their contexts. */
  readonly looks: boolean;
  /** So many first connections of the client are taken by a server that is not ours. */
  readonly strangeServers: number;
  /** The server has routes beside its service. */
  readonly routes: boolean;
  /** It serves below a path. */
  readonly prefix: boolean;
  readonly cors: "none" | "list" | "function";
  readonly odd: OddPlan;
}

export interface Plan {
  readonly seed: number;
  readonly setup: SetupPlan;
  readonly calls: readonly CallPlan[];
  readonly faults: readonly FaultPlan[];
  /** When clients that are not ours come to the server. */
  readonly visits: readonly number[];
  /** When connections of HTTP/2 without RPC begin. */
  readonly bare: readonly number[];
  /** When HTTP stacks and platforms of users are tried. */
  readonly stacks: readonly number[];
  /** Things are asked exactly beside. */
  readonly exact: boolean;
}

/** User code does what it should not: its calls end, with an error of ours, and harm no others. */
export function isOdd({ setup }: Plan, { oddity, handler }: CallPlan): boolean {
  return isOddWorld(setup.odd) || oddity !== undefined || handler.oddity !== undefined;
}

/** What plans of former days lack. */
const added: Partial<SetupPlan> = { strangeServers: 0, routes: false, prefix: false, cors: "none", odd: notOdd };

/** A plan that was kept. */
export function complete(plan: Omit<Plan, "visits" | "bare" | "stacks" | "exact"> & Partial<Plan>): Plan {
  return { visits: [], bare: [], stacks: [], exact: true, ...plan, setup: { ...added, ...plan.setup } };
}

/** As often, things that have nothing to do with the client and its servers go on beside: they cost as much as all calls. */
const wideShare = 0.06;

export function planOf(seed: number): Plan {
  const chance = new Chance(`plan ${seed}`);
  const calm = chance.happens(0.15);
  const aim = new Chance(`aim ${seed}`);
  const aims = !calm && aim.happens(0.65);
  const setup = setupOf(chance, calm, aims ? wiresAimedAt : wires);
  // Where a fault is aimed many calls are open.
  const span = chance.pick(aims ? [0, 0, 20, 200] : [0, 20, 200, 2000]);
  const faultSpan = Math.max(span, 30);
  const faults = calm
    ? []
    : Array.from({ length: chance.pick(aims ? [0, 0, 0, 1, 2] : [0, 1, 1, 2, 3, 5]) }, () =>
        faultOf(chance, faultSpan),
      );
  // Now and then a peer that says one wrong thing after the other.
  if (!calm && !aims && chance.happens(0.15))
    for (let n = chance.scale(3, 30); n > 0; n--)
      faults.push({ ...faultOf(chance, faultSpan), kind: chance.happens(0.8) ? "frame" : "corrupt" });
  const aimed = aims ? aimsOf(aim, setup.http, setup.protocol === "grpc", faultSpan) : undefined;
  if (aimed !== undefined) prepare(aim, aimed.phases, setup);
  // No call is 0: a message of strangers that says nothing says that.
  const calls = Array.from({ length: chance.whole(6, 10) }, (_, i) => {
    const call = callOf(chance, i + 1, setup, span, calm);
    return aimed === undefined ? call : lasting(aim, call, aimed.phases);
  });
  const wide = chance.happens(wideShare);
  const beside = (share: number, most: number): number[] =>
    wide && chance.happens(share) ? Array.from({ length: chance.whole(1, most) }, () => chance.next() * span) : [];
  return {
    seed,
    setup,
    calls,
    faults: [...faults, ...(aimed?.faults ?? [])].sort((a, b) => a.at - b.at),
    visits: beside(calm ? 0.8 : 0.5, 3),
    bare: beside(0.4, 1),
    stacks: beside(0.6, 1),
    exact: wide,
  };
}

/** Lets come what faults wait for. */
function prepare(aim: Chance, phases: ReadonlySet<string>, { client, server }: SetupPlan): void {
  if (phases.has("continuation of responses")) client.maxHeaderBytes = server.sendMaxHeaderBytes = 100_000;
  if (phases.has("continuation of requests")) server.maxHeaderBytes = 100_000;
  if (phases.has("window of responses")) server.streamWindowBytes = aim.scale(500, 5000);
  if (phases.has("window of requests")) client.streamWindowBytes = aim.scale(1000, 5000);
  if (phases.has("ping of responses")) client.pingIntervalMs = aim.scale(50, 200);
  if (phases.has("ping of requests")) server.keepaliveIntervalMs = aim.scale(100, 200);
}

/** A call that is often still open when something happens, and whose head takes more than a frame where a fault waits for that. */
function lasting(aim: Chance, call: CallPlan, phases: ReadonlySet<string>): CallPlan {
  const large = aim.pick([22_500, 23_400, 24_300, 25_000]);
  const isLarge = [1, 3, 5].includes(call.id);
  const wait = aim.happens(0.7) ? aim.scale(20, 500) : call.handler.wait;
  const head =
    isLarge && phases.has("continuation of responses") ? { metadata: large, headersFirst: aim.happens(0.8) } : {};
  const metadata = isLarge && phases.has("continuation of requests") ? large : call.metadata;
  const { stop } = call.handler;
  // Whoever hangs for minutes makes thousands of PINGs.
  const pings = phases.has("ping of responses") || phases.has("ping of requests");
  const how = stop?.how === "hang" && pings ? { stop: { ...stop, how: "return" } as const } : {};
  return { ...call, metadata, handler: { ...call.handler, ...head, ...how, wait } };
}

const wires = { "2": 70, "1.1": 15, fetch: 15 } as const;
/** Where faults are aimed, each has the share of the places that there are to aim at. */
const wiresAimedAt = { "2": 82, "1.1": 9, fetch: 9 } as const;

function setupOf(chance: Chance, calm: boolean, weights: Readonly<Record<SetupPlan["http"], number>>): SetupPlan {
  const http = chance.weighted(weights);
  const protocol =
    http === "2"
      ? chance.pick(["connect", "grpc", "grpc-web"] as const)
      : chance.pick(["connect", "grpc-web"] as const);
  const client: Numbers = {};
  const server: Numbers = {};
  const maybe = (of: Numbers, name: keyof Numbers, value: () => number, how = 0.15): void => {
    const drawn = value();
    if (chance.happens(how)) of[name] = drawn;
  };
  maybe(client, "streamWindowBytes", () => chance.scale(1000, 200_000));
  maybe(client, "connectionWindowBytes", () => chance.scale(65_535, 400_000));
  maybe(client, "maxConnections", () => chance.whole(1, 3));
  maybe(server, "streamWindowBytes", () => chance.scale(100, 200_000));
  maybe(server, "connectionWindowBytes", () => chance.scale(65_535, 400_000));
  maybe(server, "maxConcurrentStreams", () => chance.whole(1, 6));
  if (!calm) {
    maybe(client, "pingIntervalMs", () => chance.scale(50, 3000));
    maybe(client, "pingTimeoutMs", () => chance.scale(500, 3000));
    maybe(client, "idleTimeoutMs", () => chance.scale(5, 3000));
    maybe(client, "maxConnectionAgeMs", () => chance.scale(5, 3000));
    maybe(client, "connectTimeoutMs", () => chance.scale(100, 3000));
    maybe(server, "idleTimeoutMs", () => chance.scale(100, 3000));
    maybe(server, "keepaliveIntervalMs", () => chance.scale(100, 3000));
    maybe(server, "keepaliveTimeoutMs", () => chance.scale(500, 3000));
    maybe(server, "maxConnectionAgeMs", () => chance.scale(100, 3000));
    maybe(server, "maxConnectionAgeGraceMs", () => chance.scale(100, 3000));
    maybe(server, "stalledWriterTimeoutMs", () => chance.scale(1000, 5000), 0.05);
    maybe(server, "requestIdleTimeoutMs", () => chance.scale(500, 5000), 0.05);
    maybe(server, "sendMaxBytes", () => chance.scale(100, 20_000), 0.03);
    maybe(client, "sendMaxBytes", () => chance.scale(100, 20_000), 0.03);
    maybe(client, "maxHeaderBytes", () => chance.scale(1000, 20_000), 0.03);
    maybe(server, "maxHeaderBytes", () => chance.scale(1000, 20_000), 0.03);
    maybe(server, "sendMaxHeaderBytes", () => chance.scale(100, 20_000), 0.03);
    maybe(server, "maxTimeoutMs", () => chance.scale(5, 5000), 0.05);
  }
  return {
    protocol,
    http,
    json: chance.happens(0.2),
    get: protocol === "connect" && chance.happens(0.4),
    clientCompression: chance.happens(0.3),
    serverCompression: chance.happens(0.4),
    compressMinBytes: chance.pick([0, 100, 16_384]),
    readMaxBytes: calm || chance.happens(0.9) ? undefined : chance.scale(100, 20_000),
    client,
    server,
    clientTimeoutMs: calm || chance.happens(0.9) ? undefined : chance.scale(1, 3000),
    interceptors: chance.happens(0.3)
      ? list(
          chance,
          calm
            ? ["pass", "wait", "hooks", "looks", "unary"]
            : ["pass", "wait", "hooks", "looks", "unary", "deadline", "again"],
        )
      : [],
    handlerInterceptors: chance.happens(0.3) ? list(chance, ["pass", "wait", "hooks", "looks", "unary"]) : [],
    requestLine: lineOf(chance),
    responseLine: lineOf(chance),
    foreign: chance.happens(0.15),
    looks: chance.happens(0.3),
    strangeServers: !calm && chance.happens(0.08) ? chance.whole(1, 3) : 0,
    routes: chance.happens(0.5),
    prefix: chance.happens(0.2),
    cors: chance.weighted({ none: 5, list: 2, function: 2 }) as SetupPlan["cors"],
    odd: !calm && chance.happens(0.15) ? oddOf(chance) : notOdd,
  };
}

function list<T>(chance: Chance, of: readonly T[]): T[] {
  return Array.from({ length: chance.whole(1, 2) }, () => chance.pick(of));
}

function lineOf(chance: Chance): Line {
  const low = chance.pick([0.05, 0.05, 1, 20]);
  return {
    latency: [low, low * chance.pick([1, 1.5, 10])],
    buffer: chance.pick([1000, 20_000, 300_000]),
    chunks: chance.weighted({ "as-written": 5, coalesced: 2, random: 5, bytes: 0.3 }) as Line["chunks"],
  };
}

function messagesOf(chance: Chance, most: number): MessagePlan[] {
  const slow = chance.happens(0.3);
  const large = chance.happens(0.2) ? 120_000 : chance.pick([10, 200, 3000]);
  return Array.from({ length: chance.scale(0, most) }, () => ({
    size: chance.happens(0.1) ? 0 : chance.scale(0, large),
    gap: slow ? chance.scale(0, 60) : 0,
  }));
}

function callOf(chance: Chance, id: number, setup: SetupPlan, span: number, calm: boolean): CallPlan {
  // Of each kind there is one.
  const kind = id <= kinds.length ? (kinds[id - 1] as Kind) : chance.pick(kinds);
  const streamsRequests = kind === "client" || kind === "bidi";
  const streamsResponses = kind === "server" || kind === "bidi";
  const one = messagesOf(chance, 1).concat({ size: 5, gap: 0 }).slice(0, 1);
  const requests = streamsRequests ? messagesOf(chance, 12) : one;
  const responses = streamsResponses
    ? messagesOf(chance, 12)
    : [{ size: chance.scale(0, 3000), gap: chance.scale(0, 30) }];
  const bad = calm ? 0 : 1;
  // Heads that come close to what the client takes.
  const { maxHeaderBytes = 0 } = setup.client;
  const isNear = maxHeaderBytes > 0 && maxHeaderBytes < 8000;
  const near = maxHeaderBytes - chance.whole(60, 700);
  const stop = (most: number, hows: readonly StopPlan["how"][], probability: number): StopPlan | undefined =>
    chance.happens(probability * bad)
      ? { after: chance.whole(0, most), how: chance.pick(hows), code: chance.pick(codes) }
      : undefined;
  return {
    id,
    kind,
    at: chance.next() * span,
    timeoutMs: chance.happens(0.15 * bad) ? chance.scale(0, 2000) : chance.happens(0.2) ? 30_000 : undefined,
    abortAt: chance.happens(0.12 * bad) ? chance.scale(0, 200) : undefined,
    abortBy: chance.pick(["signal", "cancel"]),
    waitForReady: chance.happens(0.1),
    compress: setup.clientCompression && chance.happens(0.3) ? chance.happens(0.5) : undefined,
    requests,
    requestStop: streamsRequests
      ? stop(requests.length, ["throw", "throw plainly", "throw undefined", "hang", "abort"], 0.15)
      : undefined,
    sender: streamsRequests ? chance.pick(["generator", "generator", "send", "eager", "list"]) : "list",
    reader: {
      gap: chance.happens(0.25) ? chance.scale(0, 50) : 0,
      stopAfter: streamsResponses && chance.happens(0.1 * bad) ? chance.whole(0, responses.length) : undefined,
      headers: chance.happens(0.2),
    },
    handler: {
      wait: chance.happens(0.3) ? chance.scale(0, 100) : 0,
      reads: streamsRequests && chance.happens(0.15 * bad) ? chance.whole(0, requests.length) : 1000,
      gap: chance.happens(0.2) ? chance.scale(0, 40) : 0,
      responses,
      stop: stop(responses.length, ["throw", "throw plainly", "throw undefined", "hang", "return"], 0.25),
      headersFirst: chance.happens(0.2),
      metadata: chance.happens(0.5) && isNear ? near : chance.happens(0.1) ? chance.scale(1, calm ? 500 : 2000) : 0,
      deaf: chance.happens(0.15 * bad),
      echo: chance.happens(0.6),
      oddity: chance.happens(0.06 * bad) ? chance.pick(handlerOddities) : undefined,
    },
    metadata: chance.happens(0.1) ? chance.scale(1, 3000) : 0,
    oddity: chance.happens(0.08 * bad) ? chance.pick(callerOddities) : undefined,
  };
}
