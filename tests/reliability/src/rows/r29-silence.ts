import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { NodeTransportOptions } from "@connect-ts/runtime/node";
import { ourClient } from "../harness/ours.js";
import { connectH1, connectH2, grpcH2, type Outcome, type Wire } from "../harness/outcome.js";
import type { Row, RowRun } from "../harness/row.js";
import {
  data,
  envelope,
  FrameReader,
  FrameType,
  frame,
  goaway,
  headers,
  numberMessage,
  preface,
  type ResponseParts,
  responseParts,
  scriptedServer,
  settings,
  settingsAck,
} from "../harness/wire.js";

const timeoutMs = 1_000;
/** How much later than its time something may end: the machine may be busy. */
const marginMs = 1_000;
const hourMs = 3_600_000;

export const r29: Row = {
  id: "R29",
  promise:
    "silent servers, servers of a byte now and then, vanished clients: all ended on time; peers that are merely busy keep their calls",
  // The others have no such options.
  peers: ["ours"],
  seconds: [90, 90],
  async run(run) {
    const results = await Promise.all([
      ...deadServers.map((one) => deadServer(run, one)),
      drippingServer(run),
      vanishedClient(run),
      busyClient(run),
      tooManyPings(run),
    ]);
    const latest = Math.max(...results);
    return `${results.length} cases, at most ${Math.round(latest)} ms after their time`;
  },
};

interface DeadServer {
  readonly name: string;
  readonly wire: Wire;
  readonly options: Partial<NodeTransportOptions>;
  readonly deadlineMs?: number;
  readonly expected: string;
  /** What ends the call, after how long. */
  readonly endsMs: number;
  /** What the server sends to a connection, and to a request. */
  readonly greeting?: Uint8Array;
  answer?(parts: ResponseParts): Uint8Array;
}

const pings = { pingIntervalMs: timeoutMs / 2, pingTimeoutMs: timeoutMs / 2 };
const deadServers: readonly DeadServer[] = [
  {
    name: "no SETTINGS",
    wire: grpcH2,
    options: { connectTimeoutMs: timeoutMs },
    deadlineMs: 3_000,
    expected: "deadline_exceeded unavailable",
    endsMs: 3_000,
  },
  {
    name: "no answer",
    wire: grpcH2,
    options: {},
    deadlineMs: timeoutMs,
    expected: "deadline_exceeded",
    endsMs: timeoutMs,
    greeting: settings,
  },
  {
    name: "no answer",
    wire: connectH1,
    options: {},
    deadlineMs: timeoutMs,
    expected: "deadline_exceeded",
    endsMs: timeoutMs,
  },
  {
    name: "no answer, and pings",
    wire: grpcH2,
    options: pings,
    expected: "unavailable",
    endsMs: timeoutMs,
    greeting: settings,
  },
  {
    name: "nothing after the head, and pings",
    wire: connectH2,
    options: pings,
    expected: "unavailable",
    endsMs: timeoutMs,
    greeting: settings,
    answer: ({ head }) => head,
  },
  {
    name: "nothing after half a message, and pings",
    wire: connectH2,
    options: pings,
    expected: "unavailable",
    endsMs: timeoutMs,
    greeting: settings,
    answer: ({ head, halfMessage }) => Buffer.concat([head, halfMessage]),
  },
];

/** A server that takes connections and is dead from some moment on: it does not answer pings either. */
async function deadServer(run: RowRun, one: DeadServer): Promise<number> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (one.greeting !== undefined) socket.write(one.greeting);
    let answered = false;
    socket.on("data", () => {
      if (answered || one.answer === undefined) return;
      answered = true;
      setTimeout(() => socket.write(one.answer?.(responseParts(one.wire.protocol as "grpc", 1, 1)) as Uint8Array), 50);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const client = ourClient(`http://127.0.0.1:${(listener.address() as net.AddressInfo).port}`, one.wire, one.options);
  const outcome = await client.call("ping", [{ number: 1n }], { timeoutMs: one.deadlineMs ?? hourMs });
  const late = checkEnd(
    run,
    `a server with ${one.name}, ${one.wire.protocol} over HTTP/${one.wire.http}`,
    outcome,
    one,
  );
  await client.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
  return late;
}

function checkEnd(run: RowRun, name: string, { code, message, ms }: Outcome, { expected, endsMs }: DeadServer): number {
  run.check(expected.split(" ").includes(code), `${name}: ${code} ${message}, expected ${expected}`);
  run.check(ms < endsMs + marginMs, `${name}: ended after ${Math.round(ms)} ms, expected ${endsMs}`);
  return ms - endsMs;
}

/** A response of one byte now and then ends at the call's deadline. */
async function drippingServer(run: RowRun): Promise<number> {
  const server = await scriptedServer((id, socket) => {
    const { head } = responseParts("connect", id, 1);
    socket.write(head);
    const drip = setInterval(() => socket.write(data(id, Buffer.from([0x08]))), 100);
    socket.on("close", () => clearInterval(drip));
  });
  const client = ourClient(server.url, connectH2);
  const outcome = await client.call("ping", [{ number: 1n }], { timeoutMs });
  const late = checkEnd(run, "a server of a byte now and then", outcome, {
    name: "",
    wire: connectH2,
    options: {},
    expected: "deadline_exceeded",
    endsMs: timeoutMs,
  });
  await client.close();
  await server.close();
  return late;
}

/** A bidirectional call of a client that answers pings after so long, or never. */
async function openCall(port: number, answersPingsMs: number | undefined): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  const head = {
    ":method": "POST",
    ":scheme": "http",
    ":path": "/ping.v1.PingService/CumSum",
    ":authority": "localhost",
    "content-type": "application/grpc+proto",
    te: "trailers",
  };
  socket.write(Buffer.concat([preface, settings, settingsAck, headers(1, head), data(1, envelope(numberMessage(1)))]));
  const reader = new FrameReader();
  socket.on("data", (chunk) => {
    for (const { type, flags, payload } of reader.push(chunk)) {
      if (type !== FrameType.ping || (flags & 1) !== 0 || answersPingsMs === undefined) continue;
      setTimeout(() => socket.write(frame(FrameType.ping, 1, 0, payload)), answersPingsMs);
    }
  });
  return socket;
}

async function vanishedClient(run: RowRun): Promise<number> {
  const server = await run.server({ options: { keepaliveIntervalMs: timeoutMs, keepaliveTimeoutMs: timeoutMs } });
  const socket = await openCall(server.port, undefined);
  const start = performance.now();
  let state = await server.state();
  while ((state.began === 0 || state.ended === 0) && performance.now() < start + 3 * timeoutMs + marginMs) {
    await delay(50);
    state = await server.state();
  }
  const ms = performance.now() - start;
  run.check(
    state.ended === 1,
    `a vanished client: its call runs after ${Math.round(ms)} ms, keepalive is 2 x ${timeoutMs} ms`,
  );
  socket.destroy();
  return ms - 2 * timeoutMs;
}

async function busyClient(run: RowRun): Promise<number> {
  const server = await run.server({ options: { keepaliveIntervalMs: 300, keepaliveTimeoutMs: 5_000 } });
  const socket = await openCall(server.port, 2_000);
  await delay(3_500);
  const { began, ended } = await server.state();
  run.check(began === 1 && ended === 0, `a busy client: ${began} calls began, ${ended} ended`);
  socket.destroy();
  return 0;
}

/** gRPC A8: a client that is told that it pings too often says so, and its next call works. */
async function tooManyPings(run: RowRun): Promise<number> {
  let first = true;
  const server = await scriptedServer((id, socket) => {
    if (first) socket.end(goaway(id, 11, "too_many_pings"));
    else {
      const { head, message, end } = responseParts("grpc", id, 1);
      socket.write(Buffer.concat([head, message, end]));
    }
    first = false;
  });
  const client = ourClient(server.url, grpcH2, { pingIntervalMs: 1_000 });
  const { code, message } = await client.call("ping", [{ number: 1n }], { timeoutMs: 3_000 });
  run.check(/too_many_pings/.test(message), `too many pings: ${code}: ${message}`);
  const next = await client.call("ping", [{ number: 1n }], { timeoutMs: 3_000 });
  run.check(next.code === "ok", `the call after too many pings: ${next.code}: ${next.message}`);
  await client.close();
  await server.close();
  return 0;
}
