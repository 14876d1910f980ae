import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { clientOf } from "../harness/clients.js";
import { connectH2, grpcH2, wiresOf } from "../harness/outcome.js";
import type { Row } from "../harness/row.js";
import { goaway, type ResponseParts, responseParts, rst, scriptedServer } from "../harness/wire.js";

const internal = ["internal"];
/** The codes of the table of gRPC over HTTP/2, "Errors", by RST_STREAM's. */
const codes: readonly (readonly string[])[] = [
  internal,
  internal,
  internal,
  internal,
  internal,
  // STREAM_CLOSED has no mapping there, and HTTP_1_1_REQUIRED no row.
  ["internal", "unknown"],
  internal,
  ["unavailable"],
  ["canceled"],
  internal,
  internal,
  ["resource_exhausted"],
  ["permission_denied"],
  ["internal", "unknown"],
];

interface Case {
  readonly name: string;
  readonly expected: readonly string[];
  /** How many requests may reach servers. */
  readonly mostRequests: number;
  /** Also said by our errors. */
  readonly text?: string;
  connected?(socket: Socket, connection: number): void;
  answer(parts: ResponseParts, id: number, socket: Socket): void;
}

const whole = ({ head, message, end }: ResponseParts): Buffer => Buffer.concat([head, message, end]);

function resets(): Case[] {
  const cases: Case[] = [];
  const moments: readonly (readonly [string, (parts: ResponseParts) => readonly Buffer[]])[] = [
    ["before the response", () => []],
    ["after the head", ({ head }) => [head]],
    ["in the message", ({ head, halfMessage }) => [head, halfMessage]],
    ["after the message", ({ head, message }) => [head, message]],
  ];
  codes.forEach((expected, code) => {
    for (const [moment, before] of moments) {
      cases.push({
        name: `RST_STREAM ${code} ${moment}`,
        expected,
        // What was refused is sent again once.
        mostRequests: code === 7 && moment === "before the response" ? 2 : 1,
        answer: (parts, id, socket) => socket.write(Buffer.concat([...before(parts), rst(id, code)])),
      });
    }
    cases.push({
      name: `RST_STREAM ${code} in the packet of the whole response`,
      expected: ["ok"],
      mostRequests: 1,
      answer: (parts, id, socket) => socket.write(Buffer.concat([whole(parts), rst(id, code)])),
    });
  });
  return cases;
}

const all = 0x7fff_ffff;
const goaways: readonly Case[] = [
  {
    name: "GOAWAY in the packet of the response, after it",
    expected: ["ok"],
    mostRequests: 1,
    answer: (parts, id, socket) => socket.write(Buffer.concat([whole(parts), goaway(id, 0)])),
  },
  {
    name: "GOAWAY in the packet of the response, before it",
    expected: ["ok"],
    mostRequests: 1,
    answer: (parts, id, socket) => socket.write(Buffer.concat([goaway(id, 0), whole(parts)])),
  },
  {
    name: "GOAWAY, and the response later",
    expected: ["ok"],
    mostRequests: 1,
    answer: (parts, id, socket) => {
      socket.write(goaway(id, 0));
      setTimeout(() => socket.write(whole(parts)), 20);
    },
  },
  {
    name: "the response, GOAWAY and FIN",
    expected: ["ok"],
    mostRequests: 1,
    answer: (parts, id, socket) => socket.end(Buffer.concat([whole(parts), goaway(id, 0)])),
  },
  {
    name: "two GOAWAYs, and the response",
    expected: ["ok"],
    mostRequests: 1,
    answer: (parts, id, socket) => {
      socket.write(goaway(all, 0));
      setTimeout(() => socket.write(Buffer.concat([goaway(id, 0), whole(parts)])), 20);
    },
  },
  first("GOAWAY with last id 0", (socket) => socket.write(goaway(0, 0))),
  first("GOAWAY with last id 0, then FIN", (socket) => socket.end(goaway(0, 0))),
  first("GOAWAY with last id 0 and debug data", (socket) => socket.write(goaway(0, 0, "we are moving"))),
  first("GOAWAY with last id 0 and INTERNAL_ERROR", (socket) => socket.end(goaway(0, 2))),
  first("two GOAWAYs, the second with last id 0", (socket) => {
    socket.write(goaway(all, 0));
    setTimeout(() => socket.write(goaway(0, 0)), 20);
  }),
  {
    name: "GOAWAY that has the call, then FIN",
    expected: ["unavailable"],
    mostRequests: 1,
    answer: (_, id, socket) => socket.end(goaway(id, 0)),
  },
  {
    name: "GOAWAY that has the call, with ENHANCE_YOUR_CALM and debug data, then FIN",
    expected: ["unavailable", "resource_exhausted"],
    mostRequests: 1,
    text: "too_many_pings",
    answer: (_, id, socket) => socket.end(goaway(id, 11, "too_many_pings")),
  },
  {
    name: "GOAWAY and FIN before the first request",
    expected: ["ok"],
    mostRequests: 1,
    connected: (socket, connection) => {
      if (connection === 0) socket.end(goaway(0, 0));
    },
    answer: (parts, _, socket) => socket.write(whole(parts)),
  },
];

/** The first connection does so, and others answer. */
function first(name: string, act: (socket: Socket) => void): Case {
  const firsts = new WeakSet<Socket>();
  return {
    name,
    expected: ["ok"],
    mostRequests: 2,
    connected: (socket, connection) => {
      if (connection === 0) firsts.add(socket);
    },
    answer: (parts, _, socket) => {
      if (firsts.has(socket)) act(socket);
      else socket.write(whole(parts));
    },
  };
}

export const r04: Row = {
  id: "R4",
  promise:
    "RST_STREAM with each code at five moments, GOAWAY in 13 ways: the code of gRPC's table, and the next call works",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [120, 300],
  async run(run) {
    let right = 0;
    let count = 0;
    const cases = [...resets(), ...goaways];
    for (const wire of wiresOf(run.peer, grpcH2, connectH2)) {
      for (const one of cases) {
        let calm = false;
        const parts = (id: number): ResponseParts => responseParts(wire.protocol as "grpc" | "connect", id, 42);
        const server = await scriptedServer(
          (id, socket) => (calm ? socket.write(whole(parts(id))) : one.answer(parts(id), id, socket)),
          one.connected,
        );
        const client = clientOf(run.peer, server.url, wire);
        const start = performance.now();
        const { code, message, numbers } = await client.call("ping", [{ number: 42n }], { timeoutMs: 2_000 });
        const ms = performance.now() - start;
        const name = `${one.name}, ${wire.protocol}`;
        const good =
          one.expected.includes(code) &&
          (code !== "ok" || numbers[0] === 42n) &&
          server.requests.count <= one.mostRequests &&
          (run.peer !== "ours" || message.includes(one.text ?? ""));
        run.check(good, `${name}: ${code} (${message}), expected ${one.expected}; ${server.requests.count} requests`);
        run.check(ms < 2_100, `${name}: settled after ${Math.round(ms)} ms`);
        count++;
        if (good) right++;
        calm = true;
        let next = await client.call("ping", [{ number: 42n }], { timeoutMs: 2_000 });
        // A connection that was no use at all is tried again after a second.
        if (next.code === "unavailable") {
          await delay(1_500);
          next = await client.call("ping", [{ number: 42n }], { timeoutMs: 2_000 });
        }
        run.check(next.code === "ok", `${name}: the next call ends ${next.code}: ${next.message}`);
        await client.close();
        await server.close();
      }
    }
    return `${right} of ${count} right`;
  },
};
