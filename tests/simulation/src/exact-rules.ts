// Which wrong frame ends what, and with which code: RFC 9113, frame by frame. And how much of each kind is borne, to the last frame.
import type { ClientConnection, RateName } from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import { type Frame, Got, goawayCode, PlainPeer, resetCode } from "./plain-peer.js";
import {
  type Bytes,
  errorCodes,
  field,
  flagEnd,
  flagEndHeaders,
  frame,
  frameTypes as types,
  word,
} from "./strange-bytes.js";
import { noise } from "./wrong-frames.js";

const request: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "exact.test"],
  [":path", "/"],
];
const blockOf = (list: readonly (readonly [string, string])[]): Bytes =>
  list.flatMap(([name, value]) => field(0, name, value));
export const requestBlock = blockOf(request);
const connectBlock = blockOf([
  [":method", "CONNECT"],
  [":authority", "exact.test:80"],
]);
export const requestFields: readonly string[] = request.flat();
const hostBlock = (...hosts: readonly string[]): Bytes => [
  ...requestBlock,
  ...hosts.flatMap((host) => field(0, "host", host)),
];
/** A line break as Huffman's code has it: one of its three longest codes. */
const lineBreak: Bytes = [0, 1, 0x61, 0x84, 0xff, 0xff, 0xff, 0xf3];
const largest = 20_000;

/** What is said, and what comes of it: the connection ends, or a stream, or nothing. */
type Rule = readonly [
  what: string,
  said: readonly Uint8Array[],
  ends: "connection" | "nothing" | number,
  code?: number,
];

const setting = (id: number, value: number): Uint8Array => frame(types.settings, 0, 0, [0, id, ...word(value)]);
const zeros = (size: number): Bytes => new Array<number>(size).fill(0);
const { protocolError, frameSizeError, flowControlError, streamClosed } = errorCodes;

/** Stream 1 is open, the peer has ended stream 3, stream 5 is over, and the next one of a client is 7. */
const rules: readonly Rule[] = [
  ["DATA on stream 0", [frame(types.data, 0, 0, [1])], "connection", protocolError],
  ["HEADERS on stream 0", [frame(types.headers, 4, 0, requestBlock)], "connection", protocolError],
  ["SETTINGS on a stream", [frame(types.settings, 0, 1, [])], "connection", protocolError],
  ["SETTINGS of 5 bytes", [frame(types.settings, 0, 0, zeros(5))], "connection", frameSizeError],
  ["SETTINGS with ACK and more", [frame(types.settings, 1, 0, zeros(6))], "connection", frameSizeError],
  ["PING on a stream", [frame(types.ping, 0, 1, zeros(8))], "connection", protocolError],
  ["PING of 7 bytes", [frame(types.ping, 0, 0, zeros(7))], "connection", frameSizeError],
  ["PING of 9 bytes", [frame(types.ping, 0, 0, zeros(9))], "connection", frameSizeError],
  ["GOAWAY on a stream", [frame(types.goaway, 0, 1, zeros(8))], "connection", protocolError],
  ["GOAWAY of 7 bytes", [frame(types.goaway, 0, 0, zeros(7))], "connection", frameSizeError],
  ["WINDOW_UPDATE of 3 bytes", [frame(types.window, 0, 0, zeros(3))], "connection", frameSizeError],
  ["WINDOW_UPDATE of 0", [frame(types.window, 0, 0, word(0))], "connection", protocolError],
  ["WINDOW_UPDATE of 0 on a stream", [frame(types.window, 0, 1, word(0))], 1, protocolError],
  ["a window that is just too large", [frame(types.window, 0, 1, word(0x7fff_ffff - 65_534))], 1, flowControlError],
  ["the largest window", [frame(types.window, 0, 1, word(0x7fff_ffff - 65_535))], "nothing"],
  [
    "a connection's window that is just too large",
    [frame(types.window, 0, 0, word(0x7fff_ffff - 65_534))],
    "connection",
    flowControlError,
  ],
  ["a connection's largest window", [frame(types.window, 0, 0, word(0x7fff_ffff - 65_535))], "nothing"],
  ["WINDOW_UPDATE with the bit that means nothing", [frame(types.window, 0, 1, word(0x8000_0001))], "nothing"],
  ["RST_STREAM on stream 0", [frame(types.reset, 0, 0, word(8))], "connection", protocolError],
  ["RST_STREAM of 3 bytes", [frame(types.reset, 0, 1, zeros(3))], "connection", frameSizeError],
  ["RST_STREAM on a stream that is none", [frame(types.reset, 0, 99, word(8))], "connection", protocolError],
  ["RST_STREAM on a stream that is over", [frame(types.reset, 0, 5, word(8))], "nothing"],
  ["WINDOW_UPDATE on a stream that is none", [frame(types.window, 0, 99, word(1))], "connection", protocolError],
  ["WINDOW_UPDATE on a stream that is over", [frame(types.window, 0, 5, word(1))], "nothing"],
  ["PRIORITY on stream 0", [frame(types.priority, 0, 0, zeros(5))], "connection", protocolError],
  ["PRIORITY of 4 bytes", [frame(types.priority, 0, 1, zeros(4))], 1, frameSizeError],
  ["PRIORITY of a stream on itself", [frame(types.priority, 0, 1, [...word(1), 0])], 1, protocolError],
  ["PRIORITY of a stream on another", [frame(types.priority, 0, 1, [...word(3), 0])], "nothing"],
  ["PRIORITY of a stream that is none", [frame(types.priority, 0, 99, zeros(5))], "nothing"],
  ["PUSH_PROMISE", [frame(types.push, 4, 1, [...word(2), 0x82])], "connection", protocolError],
  ["CONTINUATION alone", [frame(types.continuation, 4, 1, [])], "connection", protocolError],
  [
    "a block that another frame interrupts",
    [frame(types.headers, 0, 7, []), frame(types.ping, 0, 0, zeros(8))],
    "connection",
    protocolError,
  ],
  [
    "a block that another stream interrupts",
    [frame(types.headers, 0, 7, []), frame(types.continuation, 4, 9, [])],
    "connection",
    protocolError,
  ],
  ["a frame that is just too large", [frame(99, 0, 0, [], largest + 1)], "connection", frameSizeError],
  ["the largest frame", [frame(99, 0, 0, zeros(largest))], "nothing"],
  ["SETTINGS_ENABLE_PUSH of 2", [setting(2, 2)], "connection", protocolError],
  ["SETTINGS_INITIAL_WINDOW_SIZE that is too large", [setting(4, 0x8000_0000)], "connection", flowControlError],
  ["the largest SETTINGS_INITIAL_WINDOW_SIZE", [setting(4, 0x7fff_ffff)], "nothing"],
  [
    "a window that settings make too large",
    [frame(types.window, 0, 1, word(1)), setting(4, 0x7fff_ffff)],
    "connection",
    flowControlError,
  ],
  ["SETTINGS_MAX_FRAME_SIZE of 16383", [setting(5, 16_383)], "connection", protocolError],
  ["SETTINGS_MAX_FRAME_SIZE of 16384", [setting(5, 16_384)], "nothing"],
  ["the largest SETTINGS_MAX_FRAME_SIZE", [setting(5, 0xff_ffff)], "nothing"],
  ["SETTINGS_MAX_FRAME_SIZE of 2^24", [setting(5, 0x100_0000)], "connection", protocolError],
  ["a setting that nobody knows", [setting(99, 5)], "nothing"],
  ["DATA on a stream that is none", [frame(types.data, 0, 99, [])], "connection", protocolError],
  ["DATA on a stream that was ended", [frame(types.data, 0, 3, [])], 3, streamClosed],
  ["HEADERS on a stream that was ended", [frame(types.headers, 5, 3, field(0, "a", "b"))], 3, streamClosed],
  ["padding of all of DATA", [frame(types.data, 8, 1, [1, 0])], "nothing"],
  ["more padding than DATA", [frame(types.data, 8, 1, [2, 0])], "connection", protocolError],
  ["DATA without its padding", [frame(types.data, 8, 1, [])], "connection", frameSizeError],
  ["HEADERS without their padding", [frame(types.headers, 12, 7, [])], "connection", frameSizeError],
  ["more padding than HEADERS", [frame(types.headers, 12, 7, [2, 0x82])], "connection", protocolError],
  ["HEADERS without their priority", [frame(types.headers, 36, 7, zeros(4))], "connection", frameSizeError],
  ["trailers that do not end the stream", [frame(types.headers, 4, 1, field(0, "a", "b"))], 1, protocolError],
  ["trailers with a pseudo-header field", [frame(types.headers, 5, 1, field(0, ":path", "/"))], 1, protocolError],
  ["trailers with a name in capitals", [frame(types.headers, 5, 1, field(0, "A", "b"))], 1, protocolError],
  [
    "trailers that depend on themselves",
    [frame(types.headers, 37, 1, [...word(1), 0, ...field(0, "a", "b")])],
    1,
    protocolError,
  ],
  ["a frame that nobody knows", [frame(99, 255, 1, [1, 2, 3])], "nothing"],
  ["PRIORITY_UPDATE", [frame(16, 0, 0, [...word(1), 0x75])], "nothing"],
  ["PRIORITY_UPDATE on a stream", [frame(16, 0, 1, [...word(1), 0x75])], "connection", protocolError],
  ["DATA of nothing", [frame(types.data, 0, 1, [])], "nothing"],
];

/** What only a server or only a client hears. */
const serverRules: readonly Rule[] = [
  ["a request on an even stream", [frame(types.headers, 5, 8, requestBlock)], "connection", protocolError],
  [
    "a request on a stream that was left out",
    [frame(types.headers, 5, 9, requestBlock), frame(types.headers, 5, 7, requestBlock)],
    "connection",
    streamClosed,
  ],
  [
    "a request that depends on itself",
    [frame(types.headers, 37, 7, [...word(7), 0, ...requestBlock])],
    7,
    protocolError,
  ],
  ["a CONNECT", [frame(types.headers, 4, 7, connectBlock)], 7, errorCodes.connectError],
  ["a request with a host", [frame(types.headers, 5, 7, hostBlock("exact.test", "exact.test"))], "nothing"],
  ["two hosts", [frame(types.headers, 5, 7, hostBlock("exact.test", "other.test"))], 7, protocolError],
  ["a value with a line break", [frame(types.headers, 5, 7, [...requestBlock, ...lineBreak])], 7, protocolError],
  ["a request that is one", [frame(types.headers, 5, 7, requestBlock)], "nothing"],
  ["SETTINGS_ENABLE_PUSH of 1", [setting(2, 1)], "nothing"],
  ["DATA on a stream that is over", [frame(types.data, 0, 5, [1])], 5, streamClosed],
  ["a GOAWAY", [frame(types.goaway, 0, 0, zeros(8))], "nothing"],
];
const clientRules: readonly Rule[] = [
  ["a response on a stream that is none", [frame(types.headers, 5, 99, [0x88])], "connection", protocolError],
  ["SETTINGS_ENABLE_PUSH of 1", [setting(2, 1)], "connection", protocolError],
  ["an early hint that ends the stream", [frame(types.headers, 5, 7, field(0, ":status", "103"))], 7, protocolError],
  ["an early hint", [frame(types.headers, 4, 7, field(0, ":status", "103"))], "nothing"],
  ["DATA before the head", [frame(types.data, 0, 7, [1])], 7, protocolError],
  [
    "two GOAWAYs, the second with less",
    [frame(types.goaway, 0, 0, [...word(99), ...word(0)]), frame(types.goaway, 0, 0, [...word(97), ...word(0)])],
    "nothing",
  ],
  [
    "two GOAWAYs, the second with more",
    [frame(types.goaway, 0, 0, [...word(97), ...word(0)]), frame(types.goaway, 0, 0, [...word(99), ...word(0)])],
    "connection",
    protocolError,
  ],
];

/** Stream 1 open, 3 ended by the peer, 5 over, 7 asked for by a client. */
function prepared(chance: Chance, side: "client" | "server"): PlainPeer {
  const peer = new PlainPeer(chance, side, { maxFrameSize: largest, initialWindow: 65_535 });
  peer.begin();
  peer.acknowledge();
  for (const stream of [1, 3, 5]) {
    const ends = stream !== 1 && side === "server";
    if (side === "client") (peer.connection as ClientConnection).request(new Got(), requestFields, stream === 5);
    peer.say(
      frame(types.headers, flagEndHeaders | (ends ? flagEnd : 0), stream, side === "server" ? requestBlock : [0x88]),
    );
  }
  if (side === "server") peer.accepted[2]?.sendHead([":status", "200"], true);
  else {
    (peer.connection as ClientConnection).request(new Got(), requestFields, false);
    // What ends a response early is answered by the end of the request: stream 3 has sent too much for that.
    peer.connection.streams.get(3)?.pause();
    for (const stream of [3, 5]) peer.say(frame(types.data, flagEnd, stream, []));
  }
  peer.take();
  return peer;
}

export function keepsRules(chance: Chance): readonly string[] {
  const side = chance.pick(["client", "server"] as const);
  const all = [...rules, ...(side === "server" ? serverRules : clientRules)];
  return [1, 2, 3, 4].flatMap(() => {
    const [what, said, ends, code = -1] = chance.pick(all);
    const peer = prepared(chance, side);
    const frames = peer.say(...said);
    const ended = goawayCode(frames);
    const streams = frames.filter(({ type }) => type === types.reset);
    const wrong = (text: string): readonly string[] => [`a ${side} that gets ${what}: ${text}`];
    if (ends === "connection") {
      if (ended !== code || !peer.connection.closed) return wrong(`its GOAWAY says ${ended}, and not ${code}`);
      if (peer.end?.code !== code || peer.end.by !== "local")
        return wrong(`its host heard of ${JSON.stringify(peer.end)}`);
      return [];
    }
    if (ended !== -1 || peer.connection.closed) return wrong(`the connection ends with ${ended}: ${peer.end?.message}`);
    if (ends === "nothing") return streams.length > 0 ? wrong(`stream ${streams[0]?.stream} is reset`) : [];
    if (resetCode(frames, ends) !== code || streams.length !== 1)
      return wrong(`its RST_STREAM says ${resetCode(frames, ends)}, and not ${code}`);
    return peer.connection.streams.has(ends) ? wrong("the stream goes on") : [];
  });
}

// ---------------------------------------------------------------- how much is borne

const ping = frame(types.ping, 0, 0, zeros(8));
/** By limit: who is asked, what is said once, and of how many the connection has had one by then. */
const floods: Partial<
  Record<RateName, { readonly side?: "client"; readonly once: (n: number) => Uint8Array; readonly had?: number }>
> = {
  pings: { once: () => ping },
  settings: { once: () => frame(types.settings, 0, 0, []), had: 1 },
  emptyFrames: { once: () => frame(types.data, 0, 1, []) },
  windowUpdates: { once: () => frame(types.window, 0, 0, word(1)) },
  priorities: { once: (n) => (n % 2 === 0 ? frame(types.priority, 0, 1, zeros(5)) : frame(16, 0, 0, zeros(4))) },
  unknownFrames: { once: () => frame(99, 0, 0, []) },
  goaways: { once: () => frame(types.goaway, 0, 0, [...word(99), ...word(0)]) },
  informational: { side: "client", once: () => frame(types.headers, 4, 7, field(0, ":status", "103")) },
};

/** So many at once, one more when a second has passed, and the next one ends the connection. */
export function bearsSoMuch(chance: Chance): readonly string[] {
  const name = chance.pick(Object.keys(floods) as (keyof typeof floods)[]);
  const {
    side = chance.pick(["client", "server"] as const),
    once,
    had = 0,
  } = floods[name] as NonNullable<(typeof floods)[RateName]>;
  const burst = chance.whole(2, 12);
  const peer = new PlainPeer(chance, side, { limits: { [name]: { burst, perSecond: 1 } } });
  peer.begin();
  for (let n = 0; n < 4; n++)
    if (side === "client") (peer.connection as ClientConnection).request(new Got(), requestFields, false);
  if (side === "server") peer.say(frame(types.headers, 4, 1, requestBlock));
  else peer.say(frame(types.headers, 4, 1, [0x88]));
  const wrong = (text: string): readonly string[] => [`a ${side} with ${burst} of ${name} at once: ${text}`];
  for (let n = had; n < burst; n++)
    if (goawayCode(peer.say(once(n))) !== -1) return wrong(`it ends at number ${n + 1}`);
  const waits = chance.happens(0.5);
  if (waits) {
    peer.connection.tick(1000, false);
    if (goawayCode(peer.say(once(burst))) !== -1) return wrong("it ends though a second has passed");
  }
  const code = goawayCode(peer.say(once(burst + 1)));
  if (code !== errorCodes.enhanceYourCalm) return wrong(`one more gets ${code}`);
  return [];
}

/** A PING is answered with what it had, and ours are told how long they took. */
export function answersPings(chance: Chance): readonly string[] {
  const peer = prepared(chance, chance.pick(["client", "server"] as const));
  const payload = noise(chance, 8);
  const [answer] = peer.say(frame(types.ping, 0, 0, payload));
  const wrong: string[] = [];
  if (answer?.type !== types.ping || answer.flags !== 1 || !answer.payload.equals(Buffer.from(payload)))
    wrong.push("a PING is answered by something else");
  const trips: number[] = [];
  const { connection } = peer;
  connection.tick(100, false);
  connection.ping((ms) => trips.push(ms));
  connection.ping((ms) => trips.push(1000 + ms));
  const sent = peer.take();
  connection.tick(130, false);
  const answers = sent
    .filter(({ type }) => type === types.ping)
    .map((one: Frame) => frame(types.ping, 1, 0, [...one.payload]));
  if (answers.length !== 2) wrong.push(`${answers.length} PINGs were sent of 2`);
  peer.say(answers[1] ?? ping, frame(types.ping, 1, 0, [1, 1, 1, 1, 0, 0, 0, 1]));
  peer.say(answers[0] ?? ping, answers[0] ?? ping);
  if (trips.join() !== "1030,30") wrong.push(`round trips of 30 ms were told as ${trips}`);
  return wrong;
}
