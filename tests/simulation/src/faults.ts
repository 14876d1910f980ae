import { ErrorCode } from "@connect-ts/runtime/http2";
import { Chance } from "./chance.js";
import { anyPhase, type FaultPlan } from "./fault-plan.js";
import type { InnerConnection } from "./listener.js";
import { type Connection, cut, cutAfter, endEarly } from "./network.js";
import type { World } from "./world.js";
import { plainFrame, wrongFrame } from "./wrong-frames.js";

/** Something that happened to the network or a server, and when. */
export interface Incident {
  readonly fault: FaultPlan;
  /** A cut after so many bytes happens when they have passed: Infinity until then. */
  at: number;
  /** Where the connection was in its life, for the table. */
  phase: string;
  /** The number of the connection that it happened to; undefined: all of them. */
  connection: number | undefined;
  readonly streams: readonly number[];
}

const resetCodes = [ErrorCode.cancel, ErrorCode.internalError, ErrorCode.enhanceYourCalm, ErrorCode.noError];

/** How long calls may go on at least after a drain has begun, in milliseconds. */
export function graceOf({ number }: FaultPlan): number {
  return number % 2000;
}

/** Does to the network and the servers what the plan says. */
export class Faults {
  readonly world: World;
  readonly incidents: Incident[] = [];
  healed = false;
  /** When the first connection was spoiled by bytes that nobody of ours wrote. */
  spoiledAt: number = Number.POSITIVE_INFINITY;
  readonly spoiled: Set<number> = new Set();
  /** Those that wait for their phase. */
  readonly aimed: Set<FaultPlan> = new Set();

  constructor(world: World) {
    this.world = world;
    world.network.onStranger = (number) => this.spoiling(number);
    world.network.onPhase = (connection, phase, direction) => this.meet(connection, phase, direction);
  }

  schedule(): void {
    for (const fault of this.world.plan.faults) {
      this.world.clock.at(this.world.begun + fault.at, "network", `fault: ${fault.kind}`, () => {
        if (fault.phase === undefined) this.happen(fault);
        else this.aimed.add(fault);
      });
    }
  }

  /** A connection is in a phase: one that waited for that happens to it. */
  meet(connection: Connection, phase: string, direction: "requests" | "responses"): void {
    const { clock, logs, network } = this.world;
    if (this.healed) return;
    for (const fault of this.aimed) {
      const isThere = fault.phase === phase || (fault.phase === anyPhase && phase !== "connected");
      if (!isThere || network.strangers.has(connection.number)) continue;
      const isHere = fault.kind === "cut after bytes" ? fault.which === direction : direction === "responses";
      if (!isHere) continue;
      if (fault.kind === "reset by server" && (this.http2(connection)?.connection.streams.size ?? 0) === 0) continue;
      if (!logs.some(({ startedAt, settled }) => startedAt >= 0 && settled === 0)) return;
      this.aimed.delete(fault);
      // These were the last bytes that pass.
      if (fault.kind === "cut after bytes") {
        const { hit } = this.lastBytes(fault);
        cutAfter(connection, fault.which, 0, hit);
        return;
      }
      clock.at(clock.clock, "network", `fault: ${fault.kind} in ${phase}`, () => this.happen(fault, connection));
      return;
    }
  }

  end(): void {
    this.healed = true;
    this.world.network.heal();
  }

  /** What was spoiled is not used any more, and both sides hear of it. */
  cutSpoiled(): void {
    for (const connection of this.world.network.open) if (this.spoiled.has(connection.number)) cut(connection);
  }

  /** Nothing gets through, for longer than anybody looks. */
  mayHang(): boolean {
    const hanging = ["stall", "silent connect", "slow connect", "corrupt", "frame"];
    const odd = this.spoiled.size > 0 || this.world.plan.setup.odd.transport;
    return odd || this.incidents.some(({ fault }) => hanging.includes(fault.kind));
  }

  /** @param to - the connection that it was aimed at */
  happen(fault: FaultPlan, to?: Connection): void {
    if (this.healed) return;
    const { network, clock, transport } = this.world;
    const { open } = network;
    const connection = to ?? (open.length === 0 ? undefined : open[fault.number % open.length]);
    const tell = (of: Connection | undefined, streams: readonly number[] = []): void => {
      const phase = of === undefined ? "no connection" : of.responses.watch.phase;
      this.incidents.push({ fault, at: clock.clock, phase, connection: of?.number, streams });
    };
    switch (fault.kind) {
      case "cut after bytes": {
        const { hit } = this.lastBytes(fault);
        if (connection !== undefined && fault.number % 3 > 0) cutAfter(connection, fault.which, fault.number, hit);
        else network.cutNext = { which: fault.which, bytes: fault.number, hit };
        return;
      }
      case "refuse":
        tell(undefined);
        network.refusedUntil = clock.clock + fault.ms;
        return;
      case "silent connect":
        tell(undefined);
        network.silentUntil = clock.clock + fault.ms;
        return;
      case "slow connect":
        tell(undefined);
        network.slowMs = fault.ms % 1000;
        return;
      case "jump":
        tell(connection);
        clock.jump(fault.ms);
        return;
      case "drain":
        tell(undefined);
        this.drain(fault);
        return;
      case "server close": {
        tell(undefined);
        const { server } = this.world;
        void server.close();
        this.again(fault.ms % 300);
        return;
      }
      case "client close":
        tell(undefined);
        transport.close?.();
        return;
      default:
        if (connection === undefined) return;
        tell(connection, this.toConnection(fault, connection));
    }
  }

  /** A cut that is still to come, and who is told of it. */
  lastBytes(fault: FaultPlan): { readonly hit: (of: Connection) => void } {
    const { clock } = this.world;
    const incident: Incident = {
      fault,
      at: Number.POSITIVE_INFINITY,
      phase: "",
      connection: undefined,
      streams: [],
    };
    this.incidents.push(incident);
    const hit = (of: Connection): void => {
      const { phase } = (fault.which === "responses" ? of.responses : of.requests).watch;
      Object.assign(incident, { at: clock.clock, phase, connection: of.number });
    };
    return { hit };
  }

  /** Returns the streams that it happened to alone. */
  toConnection(fault: FaultPlan, connection: Connection): readonly number[] {
    const { clock } = this.world;
    switch (fault.kind) {
      case "cut":
        cut(connection);
        return [];
      case "server end":
      case "client end":
        // A platform knows how long a body is to be.
        if (this.world.plan.setup.http === "fetch") cut(connection);
        else endEarly(connection, fault.kind === "client end" ? "requests" : "responses");
        return [];
      case "stall": {
        const until = clock.clock + fault.ms;
        if (fault.which !== "responses") connection.requests.stall(until);
        if (fault.which !== "requests") connection.responses.stall(until);
        return [];
      }
      case "corrupt":
      case "frame":
        this.spoil(fault, connection);
        return [];
      case "goaway":
        this.http2(connection)?.connection.shutdown();
        return [];
      case "goaway now":
        this.http2(connection)?.connection.fail(ErrorCode.noError, "as planned");
        return [];
      case "client goaway": {
        const host = (connection.client as unknown as { http2Host?: { ready: boolean; retire(): void } }).http2Host;
        if (host?.ready === true) host.retire();
        return [];
      }
      case "reset by server": {
        const streams = [...(this.http2(connection)?.connection.streams.values() ?? [])];
        const stream = streams[fault.number % Math.max(1, streams.length)];
        stream?.reset(resetCodes[fault.number % resetCodes.length] as number);
        return stream === undefined ? [] : [stream.id];
      }
      default:
        return [];
    }
  }

  spoiling(number: number): void {
    this.spoiledAt = Math.min(this.spoiledAt, this.world.clock.clock);
    this.spoiled.add(number);
  }

  /** From now on it may say anything: whatever its calls get, they end, and nothing is left of them. */
  spoil(fault: FaultPlan, { requests, responses, number }: Connection): void {
    const { plan } = this.world;
    this.spoiling(number);
    const chance = new Chance(`${plan.seed} ${fault.at} ${fault.kind}`);
    const pipe = fault.which === "requests" ? requests : responses;
    const { stream } = pipe.watch;
    if (fault.kind === "frame" && plan.setup.http === "2")
      pipe.insert(fault.says === undefined ? wrongFrame(chance, stream) : plainFrame(fault.says, stream));
    else
      pipe.change = (bytes) => {
        const at = chance.whole(0, bytes.byteLength - 1);
        bytes[at] = (bytes[at] as number) ^ (chance.happens(0.5) ? 1 << chance.whole(0, 7) : chance.whole(1, 255));
      };
  }

  http2({ server }: Connection): InnerConnection | undefined {
    const host = (server as unknown as { http2Host?: InnerConnection }).http2Host;
    // Over real sockets it is another one of the server's.
    return host ?? [...this.world.server.connections.all][0];
  }

  drain(fault: FaultPlan): void {
    const { server, wrong } = this.world;
    server.drain({ graceMs: graceOf(fault), noticeMs: fault.which === "both" ? 20 : 0 }).catch((error: unknown) => {
      wrong.push(`drain: ${String(error)}`);
    });
    this.again(fault.ms % 500);
  }

  /** Another server listens, some time later. */
  again(ms: number): void {
    const { world } = this;
    const { clock } = world;
    clock.at(clock.clock + ms, "network", "a server listens", () => {
      if (!this.healed) void world.listen();
    });
  }
}
