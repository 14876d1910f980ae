import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Row, RowRun } from "../harness/row.js";
import {
  data,
  endStream,
  envelope,
  goaway,
  headers,
  numberMessage,
  preface,
  rst,
  settings,
  settingsAck,
} from "../harness/wire.js";

const contentTypes = {
  grpc: "application/grpc+proto",
  connect: "application/connect+proto",
  "grpc-web": "application/grpc-web+proto",
} as const;

const message = envelope(numberMessage(7));
const halfMessage = message.subarray(0, message.length - 1);

/** What a client does after it has sent one message of a request stream. */
const h2Ways: Readonly<Record<string, (socket: net.Socket) => void>> = {
  "RST_STREAM with CANCEL": (socket) => socket.write(rst(1, 8)),
  "RST_STREAM with NO_ERROR": (socket) => socket.write(rst(1, 0)),
  FIN: (socket) => socket.end(),
  "a reset of TCP": (socket) => socket.resetAndDestroy(),
  "GOAWAY and FIN": (socket) => socket.end(goaway(0, 0)),
  "half a message and END_STREAM": (socket) => socket.write(data(1, halfMessage, endStream)),
  "half a frame and FIN": (socket) => socket.end(data(1, message, endStream).subarray(0, 11)),
};

const h1Ways: Readonly<Record<string, (socket: net.Socket) => void>> = {
  "FIN before the last chunk": (socket) => socket.end(),
  "a reset of TCP before the last chunk": (socket) => socket.resetAndDestroy(),
  "FIN in a chunk": (socket) => socket.end(`${message.length.toString(16)}\r\n${message.subarray(0, 3)}`),
  "half a message and the last chunk": (socket) => {
    socket.write(Buffer.concat([Buffer.from("6\r\n"), halfMessage, Buffer.from("\r\n0\r\n\r\n")]));
  },
};

export const r03: Row = {
  id: "R3",
  promise: "a request stream that is cut off is never complete for the handler, and the handler is told",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [60, 60],
  async run(run) {
    const h2 = await run.server({ http: "2" });
    const h1 = run.peer === "connect-node" ? await run.server({ http: "1.1" }) : h2;
    let count = 0;
    for (const [protocol, contentType] of Object.entries(contentTypes)) {
      if (run.peer === "grpc-js" && protocol !== "grpc") continue;
      for (const [name, cut] of Object.entries(h2Ways)) {
        await oneCut(run, h2, `${protocol} over HTTP/2, ${name}`, h2Request(h2.port, contentType), cut);
        count++;
      }
      if (protocol === "grpc") continue;
      for (const [name, cut] of Object.entries(h1Ways)) {
        await oneCut(run, h1, `${protocol} over HTTP/1.1, ${name}`, h1Request(h1.port, contentType), cut);
        count++;
      }
    }
    return `${count} cuts`;
  },
};

async function oneCut(
  run: RowRun,
  server: Awaited<ReturnType<RowRun["server"]>>,
  name: string,
  request: () => Promise<net.Socket>,
  cut: (socket: net.Socket) => void,
): Promise<void> {
  const before = await server.glance();
  const socket = await request();
  let state = before;
  for (let i = 0; i < 100 && state.began === before.began; i++) {
    await delay(5);
    state = await server.glance();
  }
  run.check(state.began === before.began + 1, `${name}: the handler does not run`);
  cut(socket);
  for (let i = 0; i < 200 && state.ended < state.began; i++) {
    await delay(5);
    state = await server.glance();
  }
  run.check(state.ended === state.began, `${name}: the handler still waits after a second`);
  run.check(state.complete === before.complete, `${name}: the handler saw a complete stream`);
  socket.destroy();
}

function h2Request(port: number, contentType: string): () => Promise<net.Socket> {
  return async () => {
    const socket = await connect(port);
    const head = {
      ":method": "POST",
      ":scheme": "http",
      ":path": "/ping.v1.PingService/Sum",
      ":authority": "localhost",
      "content-type": contentType,
      te: "trailers",
      "connect-protocol-version": "1",
    };
    socket.write(Buffer.concat([preface, settings, settingsAck, headers(1, head), data(1, message)]));
    return socket;
  };
}

function h1Request(port: number, contentType: string): () => Promise<net.Socket> {
  return async () => {
    const socket = await connect(port);
    socket.write(
      `POST /ping.v1.PingService/Sum HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${contentType}\r\nconnect-protocol-version: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    socket.write(Buffer.concat([Buffer.from("7\r\n"), message, Buffer.from("\r\n")]));
    return socket;
  };
}

function connect(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.on("error", reject);
    socket.resume();
  });
}
