import http2 from "node:http2";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Row, RowRun } from "../harness/row.js";
import type { ServerProcess } from "../harness/server-process.js";
import {
  data,
  endStream,
  envelope,
  FrameReader,
  FrameType,
  frame,
  headers,
  preface,
  settingsAck,
  uint32,
  varint,
} from "../harness/wire.js";

const kib = 1024;
const mib = 1024 * kib;

const requestHeaders = (name: string, contentType: string): Readonly<Record<string, string>> => ({
  ":method": "POST",
  ":scheme": "http",
  ":path": `/ping.v1.PingService/${name}`,
  ":authority": "localhost",
  "content-type": contentType,
  te: "trailers",
});

export const r11: Row = {
  id: "R11",
  promise: "10,000 open streams on one connection, two messages exchanged on each: all served, <= 20 KB each",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 120],
  async run(run) {
    const count = 10_000;
    const server = await run.server({ ...(run.peer === "ours" && { options: { maxConcurrentStreams: count } }) });
    await streams(server, 50);
    const before = await server.state();
    const { answers, close } = await streams(server, count);
    const after = await server.state();
    close();
    const each = (after.memory.rss - before.memory.rss) / count;
    run.check(answers === 2 * count, `${answers} answers, expected ${2 * count}`);
    run.check(each <= 20_000, `${Math.round(each)} bytes for a stream`);
    return `${answers / 2} served, ${(each / 1000).toFixed(1)} KB each`;
  },
};

async function streams(server: ServerProcess, count: number): Promise<{ answers: number; close(): void }> {
  const session = http2.connect(server.url, { settings: { enablePush: false } });
  session.on("error", () => {});
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  session.setLocalWindowSize(64 * mib);
  let answers = 0;
  const open = new Set<http2.ClientHttp2Stream>();
  const message = envelope(Buffer.from([8, 1]));
  for (let next = 0; next < count; ) {
    for (const end = Math.min(next + 200, count); next < end; next++) {
      const stream = session.request(
        { ...requestHeaders("CumSum", "application/grpc+proto"), ":authority": undefined },
        { endStream: false },
      );
      open.add(stream);
      let received = 0;
      stream.on("error", () => {});
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
        // Each answer is an envelope of 7 bytes.
        if (received === 7) stream.write(message);
        if (received === 7 || received === 14) answers++;
      });
      stream.write(message);
    }
    for (let i = 0; i < 50 && answers < 2 * next; i++) await delay(5);
  }
  for (let i = 0; i < 1000 && answers < 2 * count; i++) await delay(10);
  return { answers, close: () => session.destroy() };
}

export const r12: Row = {
  id: "R12",
  promise:
    "peers that do not read: the server holds at most max(2 messages, 256 KiB) beyond what the transport accepted",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    const results: string[] = [];
    for (const size of [1 * kib, 64 * kib, 1 * mib]) {
      for (const opensWindow of [false, true]) {
        const held = await unread(run, size, opensWindow);
        const most = Math.max(2 * size, 256 * kib);
        const name = `messages of ${size / kib} KiB, ${opensWindow ? "the socket" : "the window"} full`;
        // The handler holds what it sends, and up to 512 KiB are with the transport; what is read comes in buffers of 64 KiB.
        run.check(held <= most + size + 640 * kib, `${name}: ${Math.round(held / kib)} KiB are held`);
        results.push(`${size / kib} KiB: ${Math.max(0, Math.round(held / kib))}`);
      }
    }
    return `KiB held for messages of ${results.join(", ")}`;
  },
};

/** What a server holds for a client that asks for very much and reads nothing. */
async function unread(run: RowRun, size: number, opensWindow: boolean): Promise<number> {
  const server = await run.server();
  const open = async (): Promise<net.Socket> => {
    const socket = net.connect({ port: server.port, host: "127.0.0.1", noDelay: true });
    socket.on("error", () => {});
    const window = Buffer.concat([Buffer.from([0, 4]), uint32(opensWindow ? 0x7fff_ffff : 65_535)]);
    const padding = Buffer.concat([Buffer.from([0x12]), varint(size), Buffer.alloc(size)]);
    const message = envelope(Buffer.concat([Buffer.from([0x08]), varint(1_000_000), padding]));
    socket.write(Buffer.concat([preface, frame(FrameType.settings, 0, 0, window), settingsAck]));
    if (opensWindow) socket.write(Buffer.concat([Buffer.from([0, 0, 4, 8, 0]), uint32(0, 0x7fff_0000 - 65_535)]));
    socket.write(headers(1, requestHeaders("CountUp", "application/grpc+proto")));
    let [credit, at] = [65_535, 0];
    const write = (): void => {
      while (credit > 0 && at < message.length) {
        const piece = message.subarray(at, at + Math.min(credit, 16_384));
        at += piece.length;
        credit -= piece.length;
        socket.write(data(1, piece, at === message.length ? endStream : 0));
      }
      if (at === message.length) socket.pause();
    };
    const reader = new FrameReader();
    // Windows of stream and connection are as large, and grow together.
    socket.on("data", (chunk) => {
      for (const { type, id, payload } of reader.push(chunk)) {
        if (type === FrameType.windowUpdate && id === 1) credit += payload.readUInt32BE(0);
      }
      write();
    });
    write();
    await delay(800);
    return socket;
  };
  const before = await server.state();
  const socket = await open();
  let after = await server.state();
  for (let held = -1; held !== after.memory.arrayBuffers; ) {
    held = after.memory.arrayBuffers;
    await delay(300);
    after = await server.state();
  }
  socket.destroy();
  await run.endServer(server);
  return after.memory.arrayBuffers - before.memory.arrayBuffers;
}
