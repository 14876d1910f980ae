import type { Socket } from "node:net";
import type { ServeOptions } from "@connect-ts/runtime/node";
import { Chance } from "./chance.js";
import type { Ticker } from "./clock.js";
import type { FaultPlan } from "./fault-plan.js";
import { FrameWatch } from "./frame-watch.js";
import { type InnerServer, listen } from "./listener.js";
import type { SetupPlan } from "./plan.js";
import { type End, Pipe, resetError, SimSocket } from "./socket.js";
import { FrameServer, TextServer } from "./strange-servers.js";

/** A connection with both its directions. */
export interface Connection {
  readonly number: number;
  readonly client: End;
  readonly server: End;
  readonly requests: Pipe;
  readonly responses: Pipe;
}

/** Connects a client with whatever server listens. */
export class Network {
  readonly clock: Ticker;
  readonly setup: SetupPlan;
  readonly key: string;
  readonly connections: Connection[] = [];
  /** Takes a server's end; undefined: nobody listens. */
  listener: ((socket: Socket) => void) | undefined;
  refusedUntil = 0;
  silentUntil = 0;
  slowMs = 0;
  /** A connection that is made from now on is cut after so many bytes. */
  cutNext:
    | { readonly which: FaultPlan["which"]; readonly bytes: number; readonly hit: (of: Connection) => void }
    | undefined;

  /** Connections of clients that are not ours. */
  readonly strangers: Set<number> = new Set();
  /** So many connections from now on are taken by a server that is not ours. */
  strangeNext: number;
  /** Is told of each of them. */
  onStranger: (number: number) => void = () => undefined;
  /** Is told when a connection is made, and when bytes have passed. */
  onPhase: (of: Connection, phase: string, direction: "requests" | "responses") => void = () => undefined;

  constructor(clock: Ticker, setup: SetupPlan, key: string) {
    this.clock = clock;
    this.setup = setup;
    this.key = key;
    this.strangeNext = setup.strangeServers;
  }

  dial(): Promise<Socket> {
    const { clock } = this;
    return new Promise((resolve, reject) => {
      if (clock.clock < this.silentUntil) return;
      const [low] = this.setup.requestLine.latency;
      clock.at(clock.clock + 2 * low + this.slowMs, "network", "connects", () => {
        if (clock.clock < this.refusedUntil || this.listener === undefined) {
          reject(Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:80"), { code: "ECONNREFUSED" }));
        } else resolve(this.connect(this.listener));
      });
    });
  }

  connect(listener: (socket: Socket) => void): Socket {
    const number = this.connections.length;
    if (this.strangeNext > 0) return this.connectStranger(number);
    const client = new SimSocket(`client ${number}`, false);
    const server = new SimSocket(`server ${number}`, true);
    const { requests, responses } = this.join(client, server);
    client.out = requests;
    server.in = requests;
    server.out = responses;
    client.in = responses;
    listener(server as unknown as Socket);
    return client as unknown as Socket;
  }

  /** A client that is not ours comes to the server that listens. */
  meet(client: End): Connection | undefined {
    const { listener } = this;
    if (listener === undefined) return undefined;
    const number = this.connections.length;
    const server = new SimSocket(`server ${number}`, true);
    const connection = this.join(client, server);
    this.strangers.add(number);
    server.out = connection.responses;
    server.in = connection.requests;
    listener(server as unknown as Socket);
    return connection;
  }

  /** A server that is not ours answers. */
  connectStranger(number: number): Socket {
    this.strangeNext--;
    const { clock, key, setup } = this;
    const chance = new Chance(`${key} ${number} strange`);
    const client = new SimSocket(`client ${number}`, false);
    const server =
      setup.http === "2"
        ? new FrameServer("a strange server", clock, chance)
        : new TextServer("a strange server", clock, chance);
    const { requests, responses } = this.join(client, server);
    client.out = requests;
    client.in = responses;
    server.out = responses;
    this.onStranger(number);
    return client as unknown as Socket;
  }

  /** Makes a connection of two ends. */
  join(client: End, server: End): Connection {
    const number = this.connections.length;
    const http2 = this.setup.http === "2";
    const pipe = (from: End, to: End, requests: boolean): Pipe =>
      new Pipe(
        this.clock,
        new Chance(`${this.key} ${number} ${requests}`),
        requests ? this.setup.requestLine : this.setup.responseLine,
        from,
        to,
        new FrameWatch(http2, requests),
      );
    const requests = pipe(client, server, true);
    const responses = pipe(server, client, false);
    requests.watch.other = responses.watch;
    responses.watch.other = requests.watch;
    const connection: Connection = { number, client, server, requests, responses };
    this.connections.push(connection);
    for (const direction of ["requests", "responses"] as const)
      connection[direction].watch.onPhase = (phase) => this.onPhase(connection, phase, direction);
    if (this.cutNext !== undefined) {
      const { which, bytes, hit } = this.cutNext;
      cutAfter(connection, which, bytes, hit);
    }
    this.cutNext = undefined;
    this.clock.note(`connection ${number} is made`);
    for (const { watch } of [requests, responses]) watch.onPhase(watch.phase);
    return connection;
  }

  /** Starts a server that listens to it. */
  start(options: ServeOptions): Promise<InnerServer> {
    return listen(options, this, this.clock);
  }

  close(): void {}

  /** Those of our client that are not closed. */
  get open(): Connection[] {
    const { connections, strangers } = this;
    return connections.filter((one) => !strangers.has(one.number) && !isClosed(one));
  }

  /** Whoever is not ours is gone. */
  dismiss(): void {
    for (const one of this.connections) if (this.strangers.has(one.number) && !isClosed(one)) cut(one);
  }

  /** Everything gets through from now on. */
  heal(): void {
    this.refusedUntil = 0;
    this.silentUntil = 0;
    this.slowMs = 0;
    this.strangeNext = 0;
    this.cutNext = undefined;
    for (const { requests, responses } of this.open) for (const pipe of [requests, responses]) pipe.heal();
  }
}

function isClosed({ client, server }: Connection): boolean {
  return client.destroyed && server.destroyed;
}

/** The connection is gone: both ends hear of it. */
export function cut({ client, server, requests, responses }: Connection): void {
  requests.drop();
  responses.drop();
  client.destroy(resetError());
  server.destroy(resetError());
}

/** An end hears that no more comes, though the other end has not said so. */
export function endEarly({ client, server, requests, responses }: Connection, which: "requests" | "responses"): void {
  const pipe = which === "requests" ? requests : responses;
  if (pipe.broken) return;
  pipe.drop();
  (which === "requests" ? server : client).push(null);
}

export function cutAfter(
  connection: Connection,
  which: FaultPlan["which"],
  bytes: number,
  hit: (of: Connection) => void,
): void {
  const pipe = which === "responses" ? connection.responses : connection.requests;
  pipe.cutAfter = bytes;
  pipe.onCut = () => {
    hit(connection);
    cut(connection);
  };
}
