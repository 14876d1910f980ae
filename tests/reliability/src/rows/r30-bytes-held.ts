import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { grpcH2 } from "../harness/outcome.js";
import type { Row, RowRun } from "../harness/row.js";
import {
  data,
  envelope,
  FrameReader,
  FrameType,
  frame,
  headers,
  preface,
  settings,
  settingsAck,
} from "../harness/wire.js";

const mib = 1024 * 1024;
const uploads = 200;
/** Of each upload all but the last byte is sent, as far as the windows allow it. */
const messageBytes = 3.9 * mib;

export const r30: Row = {
  id: "R30",
  promise:
    "200 unfinished uploads of 3.9 MiB on one connection: no more bytes held than `connectionWindowBytes` and one window a stream, and other calls go on",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    const server = await run.server();
    const client = clientOf(run.peer, server.url, grpcH2);
    await client.call("ping", [{ number: 1n }]);
    const before = await server.state();
    const upload = await unfinished(server.port);
    const after = await server.state();
    // Memory that the process was really given: buffers are reserved ahead of what arrives, and not written to.
    const held = after.memory.rss - before.memory.rss;
    // The defaults of serve(): 16 MiB for the connection, 64 KiB for each stream, and one whole message.
    const most = 16 * mib + uploads * 65_536 + 4 * mib;
    run.check(
      upload.sent <= most,
      `${(upload.sent / mib).toFixed(1)} MiB are taken, expected at most ${(most / mib).toFixed(1)}`,
    );
    // What arrives in pieces is copied once more, into the message that it is for.
    run.check(held <= 2 * most, `the server grew by ${(held / mib).toFixed(1)} MiB`);
    const { code, message } = await client.call("ping", [{ number: 2n }], { timeoutMs: 5_000 });
    run.check(code === "ok", `the call of another client ends ${code}: ${message}`);
    upload.socket.destroy();
    await waitForEnd(run, server);
    await client.close();
    return `${(upload.sent / mib).toFixed(0)} MiB taken of ${Math.round((uploads * messageBytes) / mib)}, the server grew by ${(held / mib).toFixed(0)} MiB`;
  },
};

async function waitForEnd(run: RowRun, server: Awaited<ReturnType<RowRun["server"]>>): Promise<void> {
  let state = await server.state();
  for (let i = 0; i < 100 && state.ended < state.began; i++) {
    await delay(20);
    state = await server.state();
  }
  run.check(state.ended === state.began, `${state.began - state.ended} calls stay after their connection`);
}

/** Uploads that get as far as the server gives credit. */
async function unfinished(port: number): Promise<{ readonly socket: net.Socket; readonly sent: number }> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  const body = Buffer.concat([envelope(Buffer.alloc(0), messageBytes), Buffer.alloc(messageBytes - 1)]);
  const streams = Array.from({ length: uploads }, () => ({ at: 0, credit: 65_535 }));
  let credit = 65_535;
  let sent = 0;
  socket.write(Buffer.concat([preface, settings, settingsAck]));
  const pump = (): void => {
    for (const [index, stream] of streams.entries()) {
      while (stream.at < body.length && stream.credit > 0 && credit > 0) {
        const piece = body.subarray(stream.at, stream.at + Math.min(16_384, stream.credit, credit));
        stream.at += piece.length;
        stream.credit -= piece.length;
        credit -= piece.length;
        sent += piece.length;
        socket.write(data(2 * index + 1, piece));
      }
    }
  };
  const reader = new FrameReader();
  socket.on("data", (chunk) => {
    for (const { type, flags, id, payload } of reader.push(chunk)) {
      if (type === FrameType.ping && flags === 0) socket.write(frame(FrameType.ping, 1, 0, payload));
      if (type === FrameType.settings && flags === 0) {
        for (let at = 0; at < payload.length; at += 6) {
          if (payload.readUInt16BE(at) !== 4) continue;
          for (const stream of streams) stream.credit += payload.readUInt32BE(at + 2) - 65_535;
        }
      }
      if (type !== FrameType.windowUpdate) continue;
      const increment = payload.readUInt32BE(0);
      const stream = streams[(id - 1) / 2];
      if (id === 0) credit += increment;
      else if (stream !== undefined) stream.credit += increment;
    }
    pump();
  });
  for (let index = 0; index < uploads; index++) {
    const head = {
      ":method": "POST",
      ":scheme": "http",
      ":path": "/ping.v1.PingService/Ping",
      ":authority": "localhost",
      "content-type": "application/grpc+proto",
      te: "trailers",
    };
    socket.write(headers(2 * index + 1, head));
  }
  pump();
  for (let before = -1; before !== sent; ) {
    before = sent;
    await delay(500);
  }
  return { socket, sent };
}
