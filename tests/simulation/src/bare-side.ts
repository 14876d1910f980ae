// A connection of the HTTP/2 engine as an end of two simulated lines, and what its host and its observer are told.
import { ClientConnection, type ConnectionEnd, type Goaway, ServerConnection } from "@connect-ts/runtime/http2";
import { BareStream, type BareWorld } from "./bare-stream.js";
import type { Ticker } from "./clock.js";
import type { End, Pipe } from "./socket.js";

export type BareOptions = NonNullable<ConstructorParameters<typeof ClientConnection>[1]>;

/** What an engine has given and has not been told that it left: its own bound, a turn of a stream, and frames that carry no data. */
const mostUnderWay = 524_288 + 65_536 + 100_000;

/** What the engine, or the plan, says at the end of a connection: words, and never bytes of something else. */
const saidInGoaway = /^("[\w ,.'()+^:;/-]+")?$/;

/** A connection of the engine, as an end of two lines. */
export class Side implements End {
  readonly name: string;
  readonly clock: Ticker;
  readonly world: BareWorld;
  readonly streams: BareStream[] = [];
  readonly connection: ClientConnection | ServerConnection;
  destroyed = false;
  bytesRead = 0;
  out: Pipe | undefined;
  closes = 0;
  over = false;
  /** Outputs that have not left. */
  underWay = 0;
  bytesUnderWay = 0;
  /** What its observer and its host were told. */
  opened = 0;
  streamsClosed = 0;
  settingsTold = 0;
  readonly wrong: string[] = [];
  readonly heads = { in: 0, out: 0 };
  readonly dataBytes = { in: 0, out: 0 };
  /** What `due` has asked for. */
  dueAt = Number.POSITIVE_INFINITY;

  constructor(name: string, world: BareWorld, options: BareOptions) {
    this.name = name;
    this.world = world;
    this.clock = world.clock;
    const observer: BareOptions["observer"] = {
      frame: (direction, type, _flags, _stream, length) => this.sawFrame(direction, type, length),
      streamOpened: () => this.opened++,
      streamReset: () => undefined,
    };
    const all = { ...options, observer, now: world.clock.clock };
    this.connection = name === "server" ? new ServerConnection(this, all) : new ClientConnection(this, all);
    this.due(this.connection.nextDue());
  }

  accept(): BareStream {
    const stream = new BareStream(this.world, true);
    this.streams.push(stream);
    return stream;
  }

  flush(): void {
    this.clock.at(this.clock.clock, "network", "", () => this.write());
  }

  write(): void {
    if (this.destroyed || this.over) return;
    const bytes = Buffer.concat(this.connection.takeOutput());
    // A host may say once too often that all has left.
    if (bytes.byteLength === 0 && this.underWay === 0) this.connection.written();
    if (bytes.byteLength === 0) return;
    this.underWay++;
    this.bytesUnderWay += bytes.byteLength;
    if (this.bytesUnderWay > mostUnderWay) this.wrong.push(`${this.bytesUnderWay} bytes of output wait`);
    this.out?.write(bytes, () => {
      this.underWay--;
      this.bytesUnderWay -= bytes.byteLength;
      this.connection.written();
    });
  }

  settings(): void {
    this.settingsTold++;
  }

  goaway({ debug }: Goaway): void {
    if (!this.world.strange && !saidInGoaway.test(debug)) this.wrong.push(`a GOAWAY says ${JSON.stringify(debug)}`);
  }

  streamClosed(): void {
    this.streamsClosed++;
  }

  /** HEADERS and DATA are counted: they have come when a stream is over. */
  sawFrame(direction: "in" | "out", type: number, length: number): void {
    if (type === 0) this.dataBytes[direction] += length;
    if (type === 1) this.heads[direction]++;
  }

  due(at: number): void {
    if (at >= this.dueAt || at === Number.POSITIVE_INFINITY) return;
    this.dueAt = at;
    this.clock.at(at, "network", "", () => {
      if (this.dueAt !== at) return;
      this.dueAt = Number.POSITIVE_INFINITY;
      this.connection.tick(this.clock.clock);
      this.due(this.connection.nextDue());
    });
  }

  closed(_end: ConnectionEnd): void {
    this.closes++;
    this.write();
    this.over = true;
    this.out?.end();
  }

  push(bytes: Uint8Array | null): boolean {
    this.connection.tick(this.clock.clock, false);
    if (bytes !== null) this.connection.receive(bytes);
    else {
      this.connection.peerEnded();
      this.destroyed = true;
    }
    return true;
  }

  destroy(error?: Error): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.connection.transportLost(error);
  }
}

/** What two sides that nothing disturbed know of each other has to fit. */
export function faultsOfSides(client: Side, server: Side): readonly string[] {
  const wrong: string[] = [];
  const same = (what: string, one: unknown, other: unknown): void => {
    if (one !== other) wrong.push(`${what}: ${one} and ${other}`);
  };
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const { config } = from.connection;
    const { peer } = to.connection;
    same(`bytes of DATA from the ${from.name}`, from.dataBytes.out, to.dataBytes.in);
    same(`heads and trailers from the ${from.name}`, from.heads.out, to.heads.in);
    same(`the window of the ${from.name}'s streams`, config.initialWindow, peer.initialWindowSize);
    same(`the largest frame that the ${from.name} takes`, config.maxFrameSize, peer.maxFrameSize);
    same(`the table of the ${from.name}`, config.headerTableBytes, peer.headerTableSize);
    same(`streams that the ${from.name} closed`, from.opened, from.streamsClosed);
    if (from.settingsTold === 0) wrong.push(`the ${from.name} was told no settings`);
  }
  same("streams that were opened", client.opened, server.opened);
  same("streams at once", server.connection.config.maxConcurrentStreams, client.connection.peer.maxConcurrentStreams);
  same("whether a server may push", server.connection.peer.enablePush, false);
  return wrong;
}
