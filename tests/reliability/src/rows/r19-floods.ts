import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { grpcH2 } from "../harness/outcome.js";
import type { Row, RowRun } from "../harness/row.js";
import {
  data,
  endHeaders,
  endStream,
  FrameType,
  fields,
  frame,
  headers,
  preface,
  rst,
  settings,
  settingsAck,
  uint32,
} from "../harness/wire.js";

const mib = 1024 * 1024;
const mostBytes = 64 * mib;
/** How long a flood lasts when the server does not end it. */
const floodMs = 1_500;

const head = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/ping.v1.PingService/Sum",
  ":authority": "localhost",
  "content-type": "application/grpc+proto",
  te: "trailers",
};

/** Gives the bytes of the nth step of a flood. */
type Flood = (step: number) => Buffer;

const idOf = (step: number): number => 2 * step + 1;
const opened: Flood = () => headers(1, head);
/** After a first step that opens a stream. */
const onStream =
  (flood: Flood): Flood =>
  (step) =>
    step === 0 ? opened(0) : flood(step);

const floods: Readonly<Record<string, Flood>> = {
  "rapid reset": (step) => Buffer.concat([headers(idOf(step), head), rst(idOf(step), 8)]),
  "streams that are opened": (step) => headers(idOf(step), head),
  "requests that are malformed": (step) => headers(idOf(step), { ":method": "POST", "content-length": "x" }, endStream),
  CONTINUATION: (step) =>
    step === 0
      ? frame(FrameType.headers, 0, 1, fields(head))
      : frame(FrameType.continuation, 0, 1, fields({ [`x-${step}`]: "y".repeat(100) })),
  "empty CONTINUATION": (step) =>
    step === 0 ? frame(FrameType.headers, 0, 1, fields(head)) : frame(FrameType.continuation, 0, 1),
  PING: () => frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  SETTINGS: () => frame(FrameType.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(65_535)])),
  "empty DATA": onStream(() => data(1, Buffer.alloc(0))),
  "DATA of padding": onStream(() => frame(FrameType.data, 8, 1, Buffer.concat([Buffer.from([99]), Buffer.alloc(99)]))),
  PRIORITY: (step) => frame(2, 0, idOf(step), Buffer.from([0, 0, 0, 0, 16])),
  "WINDOW_UPDATE of 1": onStream(() => frame(FrameType.windowUpdate, 0, 1, uint32(1))),
  "frames of unknown types": () => frame(0x77, 0, 0, Buffer.alloc(100)),
  "trailers without end": onStream(() => frame(FrameType.headers, endHeaders, 1, fields({ "x-a": "b" }))),
};

export const r19: Row = {
  id: "R19",
  promise: `${Object.keys(floods).length} floods of frames: <= 64 MB over what the server had, and other clients are served`,
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 120],
  async run(run) {
    let most = 0;
    let ended = 0;
    for (const [name, flood] of Object.entries(floods)) {
      const { grown, closed } = await flow(run, name, flood);
      most = Math.max(most, grown);
      if (closed) ended++;
    }
    return `+${(most / mib).toFixed(0)} MiB at most; the server ended ${ended} of ${Object.keys(floods).length}`;
  },
};

async function flow(run: RowRun, name: string, flood: Flood): Promise<{ grown: number; closed: boolean }> {
  const server = await run.server();
  const client = clientOf(run.peer, server.url, grpcH2);
  await client.call("ping", [{ number: 1n }], { timeoutMs: 10_000 });
  const before = await server.state();
  const socket = net.connect({ port: server.port, host: "127.0.0.1" });
  let closed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  // The peer reads nothing: what the server answers stays with it.
  socket.pause();
  socket.write(Buffer.concat([preface, settings, settingsAck]));
  const end = performance.now() + floodMs;
  let served = 0;
  let failed = 0;
  const calling = (async () => {
    while (performance.now() < end) {
      const { code } = await client.call("ping", [{ number: 1n }], { timeoutMs: 5_000 });
      if (code === "ok") served++;
      else failed++;
      await delay(20);
    }
  })();
  for (let step = 0; !closed && performance.now() < end; ) {
    const frames: Buffer[] = [];
    for (let i = 0; i < 500; i++) frames.push(flood(step++));
    if (!socket.write(Buffer.concat(frames))) {
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), delay(50)]);
    } else await delay(0);
  }
  await calling;
  const after = await server.state();
  const grown = after.peakRss - before.memory.rss;
  run.check(grown <= mostBytes, `${name}: +${(grown / mib).toFixed(0)} MiB`);
  run.check(failed === 0 && served > 0, `${name}: ${failed} calls of another client failed, ${served} were served`);
  socket.resume();
  await delay(50);
  const isClosed = closed || socket.destroyed || socket.readableEnded;
  socket.destroy();
  await client.close();
  await run.endServer(server);
  return { grown, closed: isClosed };
}
