// The HTTP/2 engine without RPC over simulated lines: two of its connections, or one and a stranger.
import { ClientConnection, ServerConnection } from "@connect-ts/runtime/http2";
import { type BareOptions, faultsOfSides, Side } from "./bare-side.js";
import { BareStream, type BareWorld, badFields, type Exchange, exchangeOf, sizesOf } from "./bare-stream.js";
import type { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import { FrameWatch } from "./frame-watch.js";
import { type End, type Line, Pipe } from "./socket.js";
import { FrameServer } from "./strange-servers.js";
import { FrameVisitor } from "./strangers.js";

/** Options that no connection takes. */
const wrongOptions: readonly BareOptions[] = [
  { initialWindow: -1 },
  { maxStreamWindow: 5 },
  { maxFrameSize: 1 },
  { stalledTimeoutMs: 0 },
  { settingsTimeoutMs: Number.NaN },
  { limits: { nothing: 1 } as never },
  { limits: { pings: 5 } as never },
  { limits: { maxHeaderBytes: 0 } },
  { limits: { resets: { burst: 0, perSecond: 1 } } },
];

/** How long a connection waits for the other side's first frames, unless an option says otherwise. */
const settingsTimeoutMs = 10_000;

/** Two ends that talk HTTP/2 without RPC. */
export class Bare {
  readonly clock: Ticker;
  readonly world: BareWorld;
  readonly sides: Side[] = [];
  readonly ends: readonly [End, End];
  readonly pipes: readonly [Pipe, Pipe];
  readonly wrong: string[] = [];
  readonly calm: boolean;
  readonly begun: number;
  /** How long it goes on at least that does not end by itself. */
  readonly lastsMs: number;
  answered = 0;
  pings = 0;

  constructor(clock: Ticker, chance: Chance, lines: readonly [Line, Line]) {
    const kind = chance.weighted({ calm: 4, wild: 4, "strange client": 2, "strange server": 2 });
    this.clock = clock;
    this.calm = kind === "calm";
    this.lastsMs = chance.pick([500, 500, 500, 6000]);
    this.begun = clock.clock;
    this.world = {
      clock,
      chance,
      calm: this.calm,
      strange: kind.startsWith("strange"),
      exchanges: new Map(),
      wrong: this.wrong,
    };
    this.refuseOptions(chance);
    const side = (name: string): Side => {
      const made = new Side(name, this.world, optionsOf(chance, this.calm));
      this.sides.push(made);
      return made;
    };
    const client = kind === "strange client" ? new FrameVisitor("a stranger", clock, chance) : side("client");
    const server = kind === "strange server" ? new FrameServer("a stranger", clock, chance) : side("server");
    const pipe = (from: End, to: End, line: Line, requests: boolean): Pipe => {
      const secrets = from instanceof Side ? [...from.connection.config.neverIndexed] : [];
      return new Pipe(clock, chance, line, from, to, new FrameWatch(true, requests, secrets));
    };
    const pipes = [pipe(client, server, lines[0], true), pipe(server, client, lines[1], false)] as const;
    [client.out, server.out] = pipes;
    pipes[0].watch.other = pipes[1].watch;
    pipes[1].watch.other = pipes[0].watch;
    this.pipes = pipes;
    this.ends = [client, server];
    for (const one of this.sides) one.flush();
    if (client instanceof FrameVisitor) void client.run();
    else void this.ask(client);
  }

  refuseOptions(chance: Chance): void {
    const options = chance.pick(wrongOptions);
    const nobody = { flush: () => undefined, closed: () => undefined };
    try {
      new ClientConnection(nobody, options);
      this.wrong.push(`a connection takes the options ${JSON.stringify(options)}`);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    }
    const fresh = new ClientConnection(nobody);
    if (fresh.closed || fresh.openStreams !== 0) this.wrong.push("a connection is closed before it begins");
  }

  async ask(client: Side): Promise<void> {
    const { clock, world } = this;
    const { chance } = world;
    const connection = client.connection as ClientConnection;
    // What is sent before the server has said how much it takes may be refused.
    const most = this.sides.at(-1)?.connection.config.maxConcurrentStreams ?? 0;
    while (this.calm && most < 20 && !connection.ready && !connection.closed) await clock.sleep(1);
    for (let number = 1, n = chance.whole(3, 14); n > 0; n--, number++) {
      const exchange = exchangeOf(number);
      const stream = new BareStream(world, false, exchange);
      const method = chance.pick(["POST", "POST", "POST", "GET", "HEAD"]);
      const sizes = method === "POST" ? sizesOf(chance) : [];
      const ends = method !== "POST" && chance.happens(0.8);
      const length = sizes.reduce((sum, size) => sum + size, 0);
      const fields = headOf(chance, number, method, length, this.calm);
      exchange.request.head = fields;
      exchange.expects = length > 0 && fields.includes("expect");
      const refusal = connection.request(stream, fields, ends);
      if (refusal === undefined) {
        world.exchanges.set(number, exchange);
        client.streams.push(stream);
        if (ends) exchange.request.whole = true;
        else void stream.sendAll(sizes);
      } else if (this.calm) this.wrong.push(`a request was not taken: ${refusal.message}`);
      if (!this.calm && chance.happens(0.1)) this.breakOff(stream, exchange);
      if (chance.happens(0.2)) this.ping();
      if (!this.calm && chance.happens(0.05)) this.endConnection();
      if (chance.happens(0.4)) await clock.sleep(chance.scale(0, 100));
    }
    const how = this.calm ? "not" : chance.pick(["not", "client", "both"]);
    if (how === "client") connection.shutdown();
    if (how === "both") for (const side of this.sides) side.connection.shutdown();
  }

  breakOff(stream: BareStream, exchange: Exchange): void {
    const { chance } = this.world;
    exchange.spoiled = true;
    void this.clock.sleep(chance.scale(0, 100)).then(() => stream.reset(chance.whole(0, 13)));
  }

  ping(): void {
    for (const { connection } of this.sides) {
      this.pings++;
      connection.ping(() => {
        this.answered++;
      });
    }
  }

  endConnection(): void {
    const { chance } = this.world;
    const side = chance.pick(this.sides);
    const { connection } = side;
    if (connection instanceof ServerConnection) connection.shutdown(chance.happens(0.5));
    else if (chance.happens(0.5)) connection.shutdown();
    else connection.fail(chance.whole(0, 13), "as planned");
  }

  /** Nothing is under way any more, or it has taken its time. */
  get settled(): boolean {
    const { clock, begun, calm, sides, world } = this;
    if (calm && clock.clock > begun + 200_000) return true;
    if (!calm) return clock.clock > begun + this.lastsMs;
    const none = sides.every(({ connection }) => connection.streams.size === 0);
    // What a stream still sent when its answer was whole is on its way.
    if (this.pipes.some(({ inFlight }) => inFlight > 0)) return false;
    return none && world.exchanges.size > 0 && [...world.exchanges.values()].every(({ over }) => over);
  }

  /** Ends it, and tells what is wrong. */
  finish(): readonly string[] {
    const { wrong, sides, world, calm } = this;
    if (calm) this.judgeCalm();
    for (const pipe of this.pipes) pipe.drop();
    for (const end of this.ends) end.destroy();
    for (const side of sides) wrong.push(...side.wrong.map((text) => `${side.name}: ${text}`));
    for (const { streams, closes, name, connection } of sides) {
      if (closes !== 1) wrong.push(`the ${name}'s host heard ${closes} times of the end`);
      if (
        connection.streams.size > 0 ||
        (connection.credit.held !== 0 && streams.every(({ kept }) => kept === undefined)) ||
        connection.credit.spent !== 0
      )
        wrong.push(`the ${name} keeps ${connection.streams.size} streams and ${connection.credit.held} bytes`);
      // What has come whole and is kept may still be read.
      for (const { closes, id, kept } of streams)
        if (closes !== 1 && kept === undefined)
          wrong.push(`stream ${id} of the ${name} heard ${closes} times of its end`);
    }
    for (const exchange of world.exchanges.values()) wrong.push(...exchange.wrong);
    // To a process that stood still for that long the other side may seem to be silent: then it is no calm connection.
    if (calm && this.clock.stoodStillMs >= settingsTimeoutMs) return [];
    return wrong.map((text) => `bare HTTP/2: ${text}`);
  }

  judgeCalm(): void {
    const { wrong } = this;
    for (const { watch } of this.pipes) wrong.push(...watch.broken, ...watch.blocks.wrong);
    const [client, server] = this.sides;
    if (client !== undefined && server !== undefined) wrong.push(...faultsOfSides(client, server));
    const brokeRules = this.pipes.flatMap(({ watch }) => watch.said.filter(({ code }) => code !== 0 && code !== 8));
    if (brokeRules.length > 0) wrong.push(`a side said ${JSON.stringify(brokeRules[0])}`);
    for (const { number, over, continues, expects, mayContinue } of this.world.exchanges.values()) {
      if (!over) wrong.push(`exchange ${number} does not end`);
      if (continues > Number(expects) || (expects && mayContinue && continues === 0))
        wrong.push(`exchange ${number} was told ${continues} times to go on`);
    }
    for (const { name, connection } of this.sides) {
      const { credit, queue, streams } = connection;
      if (credit.held !== 0 || credit.spent !== 0 || credit.starved.size !== 0)
        wrong.push(`the ${name} holds ${credit.held}, has lent ${credit.spent}, ${credit.starved.size} starve`);
      if (queue.bytes !== 0 || streams.size !== 0)
        wrong.push(`the ${name} has ${streams.size} streams and ${queue.bytes} bytes to send`);
    }
  }
}

function headOf(chance: Chance, number: number, method: string, length: number, calm: boolean): string[] {
  const fields = [":method", method, ":scheme", "http", ":authority", "bare.test", ":path", `/${number}`];
  fields.push("x-number", String(number));
  if (chance.happens(0.2)) fields.push("authorization", "Bearer simulated", "x-secret", "never indexed");
  if (chance.happens(0.2))
    fields.push("x-text", String.fromCharCode(...Array.from({ length: 40 }, (_, i) => 0xa1 + i)));
  if (chance.happens(0.2)) fields.push(`x-name-${chance.whole(1, 200)}`, "v".repeat(chance.scale(0, 3000)));
  // Letters have short codes, and others long ones.
  if (chance.happens(0.2)) fields.push("x-mixed", `${"a".repeat(60)}\u00e9\u0001~\u00ff`.replace("\u0001", ""));
  if (chance.happens(0.1)) for (let n = 0; n < 70; n++) fields.push(`x-of-${number}-${n}`, "1");
  if (chance.happens(0.1)) fields.push(`x-${"n".repeat(300)}`, "1", "x-turn", String(chance.whole(1, 5)));
  if (chance.happens(0.3) && method === "POST") fields.push("content-length", String(length));
  if (chance.happens(0.2) && length > 0) fields.push("expect", "100-continue");
  if (!calm && chance.happens(0.1)) fields.push(...chance.pick(badFields));
  return fields;
}

function optionsOf(chance: Chance, calm: boolean): BareOptions {
  const few = (most: number): { burst: number; perSecond: number } => ({ burst: chance.whole(1, most), perSecond: 1 });
  const maybe = <T>(value: () => T, how = 0.3): T | undefined => (chance.happens(how) ? value() : undefined);
  const initialWindow = maybe(() => chance.scale(1000, 100_000));
  return {
    initialWindow,
    maxStreamWindow: maybe(() => Math.max(initialWindow ?? 65_536, chance.scale(20_000, 300_000))),
    budget: maybe(() => chance.scale(0, 300_000), 0.5),
    reserve: maybe(() => chance.scale(20_000, 300_000)),
    maxFrameSize: maybe(() => chance.scale(16_384, 100_000)),
    maxConcurrentStreams: maybe(() => chance.whole(1, 6)),
    headerTableBytes: maybe(() => chance.pick([0, 100, 4096, 65_536])),
    neverIndexed: maybe(() => ["X-Secret"]),
    strict: maybe(() => true),
    stalledTimeoutMs: calm ? undefined : maybe(() => chance.scale(100, 5000)),
    settingsTimeoutMs: calm ? undefined : maybe(() => chance.scale(1, 10_000), 0.1),
    limits: {
      maxHeaderBytes: maybe(() => 100_000),
      maxHeaderBlockBytes: maybe(() => 200_000),
      ...(calm
        ? undefined
        : {
            maxHeldBytes: maybe(() => chance.scale(1000, 300_000)),
            maxHeaderPairs: maybe(() => 12, 0.1),
            maxContinuations: maybe(() => 1, 0.1),
            maxUnsentControlBytes: maybe(() => chance.scale(100, 2000), 0.1),
            maxSettingsEntries: maybe(() => 1, 0.1),
            resets: maybe(() => few(6), 0.2),
            provokedResets: maybe(() => few(6), 0.2),
            refusedStreams: maybe(() => few(6), 0.2),
            settings: maybe(() => few(3), 0.1),
            pings: maybe(() => few(6), 0.1),
            emptyFrames: maybe(() => few(6), 0.1),
            windowUpdates: maybe(() => few(6), 0.1),
            priorities: maybe(() => few(2), 0.1),
            closedStreamFrames: maybe(() => few(6), 0.1),
            unknownFrames: maybe(() => few(2), 0.1),
            informational: maybe(() => few(6), 0.1),
          }),
    } as BareOptions["limits"],
  };
}
