import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH1, connectH2, grpcH2, grpcWebH1, type Method, type Wire, wiresOf } from "../harness/outcome.js";
import { type Row, type RowRun, times } from "../harness/row.js";

type Kind = "reset" | "FIN" | "stall";
type Side = "request" | "response";

interface Cut {
  readonly side: Side;
  /** How many bytes pass. */
  readonly at: number;
  readonly kind: Kind;
}

const kinds: readonly Kind[] = ["reset", "FIN", "stall"];
const sides: readonly Side[] = ["request", "response"];
/** The deadline of calls that a stall holds. */
const stallMs = 250;

/** Passes one connection after another on; the first is cut. */
class CuttingRelay {
  readonly listener: net.Server;
  readonly sockets: Set<net.Socket> = new Set();
  /** Bytes that passed on the first connection. */
  readonly passed: Record<Side, number> = { request: 0, response: 0 };

  constructor(target: number, cut: Cut | undefined) {
    let first = true;
    this.listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const server = net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      for (const socket of [client, server]) {
        this.sockets.add(socket);
        socket.on("error", () => {});
      }
      client.on("close", () => server.destroy());
      server.on("close", () => client.destroy());
      const mine = first ? cut : undefined;
      const count = first;
      first = false;
      this.pass(client, server, "request", count, mine, [client, server]);
      this.pass(server, client, "response", count, mine, [client, server]);
    });
  }

  pass(from: net.Socket, to: net.Socket, side: Side, count: boolean, cut: Cut | undefined, both: net.Socket[]): void {
    let left = cut?.side === side ? cut.at : Number.POSITIVE_INFINITY;
    from.on("data", (chunk) => {
      if (left < 0 || to.writableEnded) return;
      if (count) this.passed[side] += chunk.length;
      if (chunk.length < left) {
        left -= chunk.length;
        to.write(chunk);
        return;
      }
      const rest = chunk.subarray(0, left);
      left = -1;
      if (rest.length > 0) to.write(rest);
      // What was written has to come before a reset.
      if (cut?.kind === "reset") setTimeout(() => both.forEach((socket) => void socket.resetAndDestroy()), 3);
      else if (cut?.kind === "FIN") for (const socket of both) socket.end();
    });
    from.on("end", () => {
      if (left >= 0) to.end();
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.listener.address() as net.AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

export const r02: Row = {
  id: "R2",
  promise:
    "a connection that is cut (reset, FIN, stall) at each byte: never a wrong OK, never a hang, `unavailable` (`deadline_exceeded` for a stall)",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 1800],
  async run(run) {
    let cuts = 0;
    for (const wire of wiresOf(run.peer, grpcH2, connectH2, connectH1, grpcWebH1)) {
      const server = await run.server({ http: wire.http });
      for (const method of ["ping", "countUp"] as const) cuts += await cutAll(run, server.port, wire, method);
    }
    return `${cuts} cuts`;
  },
};

async function cutAll(run: RowRun, port: number, wire: Wire, method: Method): Promise<number> {
  const measured = new CuttingRelay(port, undefined);
  const client = clientOf(run.peer, await measured.listen(), wire);
  await client.call(method, [{ number: 3n }]);
  await client.close();
  await measured.close();
  const cuts: Cut[] = [];
  for (const kind of kinds) {
    for (const side of sides) {
      // In the short form some offsets of each kind, others for each.
      const step = run.long ? 1 : kind === "stall" ? 37 : 11;
      for (let at = kinds.indexOf(kind); at <= measured.passed[side]; at += step) cuts.push({ side, at, kind });
    }
  }
  await times(cuts.length, 8, (index) => oneCut(run, port, wire, method, cuts[index] as Cut, index));
  return cuts.length;
}

async function oneCut(run: RowRun, port: number, wire: Wire, method: Method, cut: Cut, index: number): Promise<void> {
  const name = `${wire.protocol} over HTTP/${wire.http}, ${method}, ${cut.kind} after byte ${cut.at} of the ${cut.side}`;
  const relay = new CuttingRelay(port, cut);
  const client = clientOf(run.peer, await relay.listen(), wire);
  const timeoutMs = cut.kind === "stall" ? stallMs : 5_000;
  const { code, message, numbers, ms } = await client.call(method, [{ number: 3n }], { timeoutMs });
  const expected = method === "ping" ? "3" : "1,2,3";
  if (code === "ok") run.check(numbers.join() === expected, `${name}: OK with ${numbers}`);
  else {
    const allowed = cut.kind === "stall" ? ["deadline_exceeded"] : ["unavailable"];
    run.check(allowed.includes(code), `${name}: ${code}: ${message}`);
  }
  // The machine may be busy; a hang is longer.
  run.check(ms < timeoutMs + (run.long ? 100 : 400), `${name}: settled after ${Math.round(ms)} ms`);
  if (index % 20 === 0) {
    let next = await client.call(method, [{ number: 3n }], { timeoutMs: 3_000 });
    // A connection that was no use at all is tried again after a second.
    if (next.code === "unavailable") {
      await delay(1_500);
      next = await client.call(method, [{ number: 3n }], { timeoutMs: 3_000 });
    }
    const stalled = cut.kind === "stall" && wire.http === "2";
    // Over HTTP/2 a stalled connection gets the next call too, until a ping tells that it is lost.
    run.check(next.code === "ok" || stalled, `${name}: the next call ends ${next.code}: ${next.message}`);
  }
  await client.close();
  await relay.close();
}
