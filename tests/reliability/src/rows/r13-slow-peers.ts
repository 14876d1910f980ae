import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Row, RowRun } from "../harness/row.js";
import { data, endStream, FrameType, frame, headers, preface, settings, settingsAck, uint32 } from "../harness/wire.js";

const timeoutMs = 1_000;
const options = {
  headersTimeoutMs: timeoutMs,
  settingsTimeoutMs: timeoutMs,
  idleTimeoutMs: timeoutMs,
  stalledWriterTimeoutMs: timeoutMs,
  requestIdleTimeoutMs: timeoutMs,
};
/** How long after its timeout a connection may be closed. */
const marginMs = 1_500;
/** A byte each: far faster than one a second, so that timeouts can be short. */
const dripMs = 100;

const request = (path: string, contentType: string): Buffer =>
  headers(1, {
    ":method": "POST",
    ":scheme": "http",
    ":path": `/ping.v1.PingService/${path}`,
    ":authority": "localhost",
    "content-type": contentType,
    te: "trailers",
  });
const h1Head = (length: number): string =>
  `POST /ping.v1.PingService/Ping HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/proto\r\ncontent-length: ${length}\r\n\r\n`;
const greeting = Buffer.concat([preface, settings, settingsAck]);

interface Phase {
  readonly name: string;
  readonly http: "1.1" | "2";
  /** Is sent at once. */
  readonly before: Uint8Array | string;
  /** Is sent byte by byte, if anything. */
  readonly drip?: Uint8Array | string;
  /** How many timeouts one after another end it: the call's, and the connection's. @default 1 */
  readonly timeouts?: number;
}

const phases: readonly Phase[] = [
  { name: "no bytes", http: "1.1", before: "" },
  { name: "part of the preface", http: "2", before: preface.subarray(0, 10) },
  { name: "a dripping preface", http: "2", before: "", drip: preface },
  { name: "the preface and no SETTINGS", http: "2", before: preface },
  { name: "a dripping SETTINGS", http: "2", before: preface, drip: frame(FrameType.settings, 0, 0, Buffer.alloc(60)) },
  { name: "no request after SETTINGS", http: "2", before: greeting },
  {
    name: "half a HEADERS",
    http: "2",
    before: Buffer.concat([greeting, request("Ping", "application/proto").subarray(0, 30)]),
  },
  {
    name: "a dripping HEADERS",
    http: "2",
    before: greeting,
    drip: request("Ping", "application/proto"),
  },
  {
    name: "HEADERS without their CONTINUATION",
    http: "2",
    before: Buffer.concat([greeting, unended(request("Ping", "application/proto"))]),
  },
  { name: "half a head", http: "1.1", before: h1Head(5).slice(0, 50) },
  { name: "a dripping head", http: "1.1", before: "", drip: h1Head(5) },
  { name: "half a body", http: "1.1", timeouts: 2, before: `${h1Head(5)}ab` },
  {
    name: "half a body",
    http: "2",
    timeouts: 2,
    before: Buffer.concat([greeting, request("Ping", "application/proto"), data(1, Buffer.from([0x08]))]),
  },
  {
    name: "a stream without messages",
    http: "2",
    timeouts: 2,
    before: Buffer.concat([greeting, request("Sum", "application/connect+proto")]),
  },
  { name: "silence after a request", http: "1.1", before: `${h1Head(0)}` },
  {
    name: "silence after a request",
    http: "2",
    before: Buffer.concat([greeting, request("Ping", "application/proto"), data(1, Buffer.alloc(0), endStream)]),
  },
  {
    name: "no window for the response",
    http: "2",
    timeouts: 2,
    before: Buffer.concat([greeting, request("CountUp", "application/connect+proto"), countUp()]),
  },
];

/** A frame whose END_HEADERS is taken off. */
function unended(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[4] = 0;
  return copy;
}

/** A request for 1024 responses of 8 KB each. */
function countUp(): Buffer {
  const padding = Buffer.alloc(8_000);
  const message = Buffer.concat([Buffer.from([0x08, 0x80, 0x08, 0x12, 0xc0, 0x3e]), padding]);
  return data(1, Buffer.concat([Buffer.from([0]), uint32(message.length), message]), endStream);
}

export const r13: Row = {
  id: "R13",
  promise: `servers: silent and dripping peers in ${phases.length} phases, each connection closed at its timeout + 1.5 s`,
  // The other libraries have no such options.
  peers: ["ours"],
  seconds: [90, 90],
  async run(run) {
    const server = await run.server({ options });
    const closed = await Promise.all(phases.map((phase) => onePhase(run, phase, server.port)));
    const onTime = closed.filter((ms) => ms !== undefined);
    let sockets = 1;
    for (let i = 0; i < 20 && sockets > 0; i++) {
      await delay(50);
      sockets = (await server.state()).resources.TCPSocketWrap ?? 0;
    }
    run.check(sockets === 0, `${sockets} sockets are open at the end`);
    return `${onTime.length} of ${phases.length} closed, the last after ${Math.round(Math.max(0, ...onTime))} ms, where the timeouts are ${timeoutMs} ms`;
  },
};

/** How long the server leaves the connection open; `undefined` when too long. */
function onePhase(run: RowRun, phase: Phase, port: number): Promise<number | undefined> {
  const start = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    let drip: NodeJS.Timeout | undefined;
    const end = (ms: number | undefined): void => {
      clearTimeout(limit);
      clearInterval(drip);
      socket.destroy();
      resolve(ms);
    };
    const limitMs = (phase.timeouts ?? 1) * (timeoutMs + marginMs);
    const limit = setTimeout(() => {
      run.check(false, `${phase.name}, HTTP/${phase.http}: the connection is open after ${limitMs} ms`);
      end(undefined);
    }, limitMs);
    const over = (): void => {
      const ms = performance.now() - start;
      run.check(ms >= timeoutMs * 0.8, `${phase.name}, HTTP/${phase.http}: closed after ${Math.round(ms)} ms already`);
      end(ms);
    };
    socket.on("error", over);
    socket.on("end", over);
    socket.on("connect", () => {
      socket.write(phase.before);
      socket.resume();
      const bytes = Buffer.from(phase.drip ?? "");
      let at = 0;
      if (bytes.length > 0) {
        drip = setInterval(() => {
          if (at < bytes.length) socket.write(bytes.subarray(at, ++at));
        }, dripMs);
      }
    });
  });
}
