import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { codeOf, send, type Version } from "../../../correctness/raw-request.js";
import { clientOf } from "../harness/clients.js";
import { codeNames, connectH2, grpcH2, wiresOf } from "../harness/outcome.js";
import type { Row, RowRun } from "../harness/row.js";
import {
  data,
  endStream,
  envelope,
  headers,
  preface,
  scriptedServer,
  settings,
  settingsAck,
  uint32,
  varint,
} from "../harness/wire.js";

const mib = 1024 * 1024;
const readMaxBytes = 4 * mib;
const path = "/ping.v1.PingService/Ping";
const grpcHeaders = { "content-type": "application/grpc+proto", te: "trailers" };

interface Attack {
  readonly name: string;
  readonly http: Version;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends the request; what the server's memory grows by, at its peak, in bytes. */
async function attack(run: RowRun, { name, http, ...request }: Attack): Promise<number> {
  const server = await run.server({ http });
  // The first call of a kind loads and compiles what it needs.
  await send(server.port, http, {
    path,
    ...request,
    body: envelope(Buffer.from([8, 1])).subarray(0, request.body.length),
  });
  const before = await server.state();
  const told = codeOf(await send(server.port, http, { path, ...request }));
  const code = typeof told === "number" ? codeNames[told] : told;
  run.check(code === "resource_exhausted", `${name}: ${code}, expected resource_exhausted`);
  const { peakRss } = await server.state();
  await run.endServer(server);
  return peakRss - before.memory.rss;
}

const versions = (run: RowRun): readonly Version[] => (run.peer === "grpc-js" ? ["2"] : ["1.1", "2"]);

export const r08: Row = {
  id: "R8",
  promise: "a peer that declares a message of 4 GiB and sends 20 bytes: <= 1 MB allocated, `resource_exhausted`",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    const grown: number[] = [];
    const body = envelope(Buffer.alloc(15), 0xffff_ffff);
    if (run.peer !== "grpc-js") {
      for (const http of versions(run)) {
        const contentType = { "content-type": "application/grpc-web+proto" };
        grown.push(await attack(run, { name: `gRPC-Web over HTTP/${http}`, http, headers: contentType, body }));
      }
    }
    grown.push(await attack(run, { name: "gRPC", http: "2", headers: grpcHeaders, body }));
    // The heap of a process breathes by itself: what is looked for is far larger.
    const most = Math.max(...grown);
    run.check(most <= mib + 8 * mib, `a server grew by ${(most / mib).toFixed(1)} MiB`);
    const here = await declaredByServer(run);
    run.check(here <= mib, `a client allocated ${here} bytes`);
    return `servers grew by ${(most / mib).toFixed(1)} MiB at most, a client allocated ${Math.max(0, Math.round(here / 1024))} KiB`;
  },
};

async function declaredByServer(run: RowRun): Promise<number> {
  const server = await scriptedServer((id, socket) => {
    const head = { ":status": "200", "content-type": "application/grpc+proto" };
    socket.write(Buffer.concat([headers(id, head), data(id, envelope(Buffer.alloc(15), 0xffff_ffff))]));
  });
  const client = clientOf(run.peer, server.url, grpcH2);
  const before = process.memoryUsage();
  const { code, message } = await client.call("ping", [{ number: 1n }], { timeoutMs: 3_000 });
  const after = process.memoryUsage();
  run.check(code === "resource_exhausted", `a client: ${code} ${message}, expected resource_exhausted`);
  await client.close();
  await server.close();
  return after.arrayBuffers - before.arrayBuffers;
}

export const r09: Row = {
  id: "R9",
  promise: "gzip of 64 MiB in 64 KB, where 4 MiB may be read: <= 3 x the limit + 32 MB, `resource_exhausted`",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    const bomb = gzipSync(Buffer.alloc(64 * mib));
    const grown: number[] = [];
    for (const http of versions(run)) {
      if (run.peer === "grpc-js") continue;
      const contentType = { "content-type": "application/proto", "content-encoding": "gzip" };
      grown.push(await attack(run, { name: `Connect over HTTP/${http}`, http, headers: contentType, body: bomb }));
    }
    const compressed = { ...grpcHeaders, "grpc-encoding": "gzip" };
    const body = envelope(bomb, bomb.length, 1);
    grown.push(await attack(run, { name: "gRPC", http: "2", headers: compressed, body }));
    const most = Math.max(...grown);
    run.check(most <= 3 * readMaxBytes + 32e6, `a server grew by ${(most / mib).toFixed(1)} MiB`);
    return `a server grew by ${(most / mib).toFixed(1)} MiB`;
  },
};

export const r10: Row = {
  id: "R10",
  promise: "a message of 40 KB in pieces of one byte: <= 0.2 s of CPU, and twice as much for 80 KB",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 120],
  async run(run) {
    const results: string[] = [];
    for (const { protocol } of wiresOf(run.peer, grpcH2, connectH2)) {
      const [one, two] = [await dripped(run, protocol, 40_000), await dripped(run, protocol, 80_000)];
      run.check(one <= 200, `${protocol}: ${Math.round(one)} ms of CPU`);
      run.check(
        two <= 3 * Math.max(one, 30),
        `${protocol}: ${Math.round(one)} ms for 40 KB, ${Math.round(two)} for 80 KB`,
      );
      results.push(`${protocol}: ${Math.round(one)} and ${Math.round(two)} ms`);
    }
    return results.join("; ");
  },
};

/** The CPU time that the server takes for a message of one byte in each DATA frame. */
async function dripped(run: RowRun, protocol: string, length: number): Promise<number> {
  const server = await run.server();
  const isGrpc = protocol === "grpc";
  const message = Buffer.concat([Buffer.from([0x1a]), varint(length), Buffer.alloc(length)]);
  const body = isGrpc ? envelope(message) : message;
  const socket = net.connect({ port: server.port, host: "127.0.0.1", noDelay: true });
  let answered = false;
  let received = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    received += chunk.length;
    // Only the answer, which carries the message, is so long.
    if (received > length) answered = true;
  });
  const contentType = isGrpc ? "application/grpc+proto" : "application/proto";
  const head = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": contentType,
  };
  const window = 8 * mib;
  const increments = [0, 1].map((id) => Buffer.concat([Buffer.from([0, 0, 4, 8, 0]), uint32(id, window)]));
  const start = [preface, settings, settingsAck, headers(1, { ...head, te: "trailers" }), ...increments];
  const warm = [...start.slice(0, 4), data(1, body.subarray(0, 10))];
  await once(server.port, Buffer.concat(warm));
  const before = await server.state();
  socket.write(Buffer.concat(start));
  for (let at = 0; at < body.length; at += 500) {
    const frames: Buffer[] = [];
    for (let i = at; i < Math.min(at + 500, body.length); i++) {
      frames.push(data(1, body.subarray(i, i + 1), i === body.length - 1 ? endStream : 0));
    }
    if (!socket.write(Buffer.concat(frames))) await new Promise((resolve) => socket.once("drain", resolve));
  }
  for (let i = 0; i < 500 && !answered; i++) await delay(10);
  run.check(answered, `${protocol}: no answer to ${length} bytes`);
  const after = await server.state();
  socket.destroy();
  await run.endServer(server);
  return after.cpuMs - before.cpuMs;
}

/** Sends bytes on a connection of their own. */
async function once(port: number, bytes: Uint8Array): Promise<void> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  socket.write(bytes);
  await delay(50);
  socket.destroy();
}
