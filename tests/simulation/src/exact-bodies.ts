// Bodies on a connection: which bytes go when, how windows are used and given back, and what a content-length has to say.
import type { ClientConnection } from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import { requestBlock, requestFields } from "./exact-rules.js";
import { type Frame, Got, PlainPeer, resetCode } from "./plain-peer.js";
import {
  errorCodes,
  field,
  flagEnd,
  flagEndHeaders,
  flagPadded,
  frame,
  frameTypes as types,
  word,
} from "./strange-bytes.js";

const pattern = Uint8Array.from({ length: 400_000 + 256 }, (_, i) => i & 255);
const partOf = (stream: number, at: number, size: number): Uint8Array =>
  pattern.subarray((stream + at) & 255, ((stream + at) & 255) + size);

/** A stream on which the engine sends, as its peer knows it. */
interface Sent {
  readonly got: Got;
  readonly id: number;
  /** Handed over, and come. */
  given: number;
  came: number;
  window: number;
  ended: boolean;
  over: boolean;
  readonly trailers: boolean;
  /** `sendData` said that it is enough. */
  full: boolean;
  drains: number;
}

/** How much of a stream waits until its sender is told, and until it may go on. */
const enough = 65_536;
const drained = 16_384;
const largestTurn = 65_536;

/** What is sent comes whole, in its order, as soon as windows allow, and all streams have their turn. */
export function sendsBodies(chance: Chance): readonly string[] {
  const first = chance.pick([65_535, 100, 0, 20_000, 300_000]);
  const most = chance.pick([16_384, 16_384, 40_000, 100_000]);
  const peer = new PlainPeer(chance, "server", {});
  peer.begin([0, 4, ...word(first), 0, 5, ...word(most)]);
  let window = 65_535;
  /** Windows became smaller: streams that waited for their turn may have nothing to say in it. */
  let lowered = false;
  const wrong: string[] = [];
  const streams: Sent[] = [];
  const take = (): void => {
    // Reading goes on as long as something comes: a transport takes so much at a time.
    for (let frames = peer.take(); frames.length > 0; frames = peer.take())
      for (const one of frames) window -= comes(one, streams, most, window, wrong);
    for (const { id, got, given, came, window: own, ended, full, drains } of streams) {
      if (given > came && own > 0 && window > 0)
        wrong.push(`stream ${id} waits, and its windows have ${own} and ${window}`);
      const told = got.told.filter((one) => one === "drain").length;
      const due = full && !ended && given - came <= drained;
      if (told > drains && !due) wrong.push(`the sender of stream ${id} may go on with ${given - came} bytes`);
      if (told === drains && due) wrong.push(`the sender of stream ${id} waits with ${given - came} bytes`);
    }
    for (const one of streams) {
      const told = one.got.told.filter((text) => text === "drain").length;
      if (told > one.drains) one.full = false;
      one.drains = told;
    }
  };
  for (let step = 0; step < 14 && wrong.length === 0; step++) {
    const one = streams.length === 0 ? undefined : chance.pick(streams);
    const what = chance.weighted({ open: 3, data: 6, window: 4, settings: 1, end: 2, turns: 1 });
    const { flushes } = peer;
    if (what === "open" || one === undefined) {
      const id = 2 * streams.length + 1;
      peer.say(frame(types.headers, flagEnd | flagEndHeaders, id, requestBlock));
      const got = peer.accepted.at(-1) as Got;
      got.sendHead([":status", "200"]);
      const own = streams.length === 0 ? first : initialOf(peer);
      streams.push({
        got,
        id,
        given: 0,
        came: 0,
        window: own,
        ended: false,
        over: false,
        trailers: chance.happens(0.4),
        full: false,
        drains: 0,
      });
    } else if (what === "data" && !one.ended) {
      const many = chance.happens(0.2) ? chance.whole(60, 200) : 1;
      // So much that just enough waits, too.
      const size = many === 1 && chance.happens(0.1) ? Math.max(0, enough - one.got.queued) : undefined;
      for (let n = 0; n < many; n++) give(one, size ?? chance.scale(0, many === 1 ? 100_000 : 300), wrong);
    } else if (what === "window") {
      const more = chance.scale(1, 100_000);
      const whole = chance.happens(0.5);
      if (whole) window += more;
      else if (!one.over) one.window += more;
      peer.connection.receive(frame(types.window, 0, whole ? 0 : one.id, word(more)));
    } else if (what === "settings") {
      const next = chance.pick([0, 1000, 65_535, 200_000]);
      const difference = next - initialOf(peer);
      for (const each of streams) each.window += difference;
      lowered ||= difference < 0;
      peer.connection.receive(frame(types.settings, 0, 0, [0, 4, ...word(next)]));
    } else if (what === "end" && !one.ended) {
      one.ended = true;
      const last = chance.happens(0.5) ? partOf(one.id, one.given, chance.scale(0, 30_000)) : undefined;
      one.given += last?.byteLength ?? 0;
      one.got.sendEnd(last, one.trailers ? ["x-end", "1"] : undefined);
    }
    const had = peer.written.length;
    take();
    if (peer.written.length > had && peer.flushes === flushes && what !== "open")
      wrong.push(`frames wait after ${what}, and nobody was asked to take them`);
    if (peer.written.length === had && peer.flushes > flushes && what !== "open" && !lowered)
      wrong.push(`there is nothing to take after ${what}, and somebody was asked to`);
  }
  // All room that there is: then all has to come.
  for (const one of streams) {
    if (!one.ended) one.got.sendEnd(undefined, one.trailers ? ["x-end", "1"] : undefined);
    one.ended = true;
    if (!one.over) {
      one.window += 3_000_000;
      peer.connection.receive(frame(types.window, 0, one.id, word(3_000_000)));
    }
  }
  window += 30_000_000;
  peer.connection.receive(frame(types.window, 0, 0, word(30_000_000)));
  take();
  for (const { id, given, came, over, got } of streams) {
    if (came !== given || !over)
      wrong.push(`stream ${id} has ${came} of ${given} bytes, and ${over ? "an" : "no"} end`);
    if (got.told.at(-1) !== "close" || got.told.includes("reset")) wrong.push(`stream ${id} was told ${got.told}`);
  }
  if (peer.connection.queue.bytes !== 0) wrong.push(`${peer.connection.queue.bytes} bytes still wait`);
  return wrong.map((text) => `bodies that are sent: ${text}`);
}

const initialOf = (peer: PlainPeer): number => peer.connection.peer.initialWindowSize;

function give(one: Sent, size: number, wrong: string[]): void {
  const goesOn = one.got.sendData(partOf(one.id, one.given, size));
  one.given += size;
  const queued = one.got.queued;
  if (size > 0 && goesOn !== queued < enough && !(queued === 0 && goesOn))
    wrong.push(`sendData says ${goesOn} with ${queued} bytes that wait`);
  if (!goesOn) one.full = true;
}

/** A frame came from the engine. Returns what it takes of the connection's window. */
function comes(
  { type, flags, stream, payload }: Frame,
  streams: readonly Sent[],
  most: number,
  window: number,
  wrong: string[],
): number {
  const one = streams.find(({ id }) => id === stream);
  if (one === undefined || (type !== types.data && type !== types.headers)) return 0;
  if (one.over) wrong.push(`a frame of stream ${stream} after its end`);
  const size = payload.byteLength;
  if (type === types.data) {
    if (size > Math.min(most, largestTurn)) wrong.push(`a frame of ${size} bytes`);
    if (size > Math.max(0, one.window) || size > window)
      wrong.push(`${size} bytes where windows have ${one.window} and ${window}`);
    if (!payload.equals(partOf(one.id, one.came, size))) wrong.push(`other bytes on stream ${stream} at ${one.came}`);
    one.came += size;
    one.window -= size;
  }
  if ((flags & flagEnd) !== 0) {
    one.over = true;
    if (!one.ended || one.came !== one.given)
      wrong.push(`stream ${stream} ends after ${one.came} of ${one.given} bytes`);
    if ((type === types.headers) !== one.trailers)
      wrong.push(`stream ${stream} ends without its trailers, or with some`);
  }
  return type === types.data ? size : 0;
}

/** Streams that wait have one turn after the other, and who comes later with little does not wait for them. */
export function takesTurns(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "server", {});
  peer.begin([0, 4, ...word(10_000_000)]);
  const count = chance.whole(2, 4);
  const wrong: string[] = [];
  const open = (): Got => {
    peer.say(frame(types.headers, flagEnd | flagEndHeaders, 2 * peer.accepted.length + 1, requestBlock));
    const got = peer.accepted.at(-1) as Got;
    got.sendHead([":status", "200"]);
    return got;
  };
  const streams = Array.from({ length: count }, open);
  peer.take();
  // The connection's window lets nothing through, until all have something.
  const filler = open();
  filler.sendData(pattern.subarray(0, 65_535));
  peer.take();
  for (const got of streams) got.sendData(pattern.subarray(0, 300_000));
  if (peer.take().length > 0) wrong.push("more is sent than the connection's window allows");
  peer.connection.receive(frame(types.window, 0, 0, word(10_000_000)));
  const order = peer
    .take()
    .filter(({ type }) => type === types.data)
    .map(({ stream }) => stream);
  const turns = new Map(streams.map(({ id }) => [id, 0]));
  for (const [at, id] of order.entries()) {
    turns.set(id, (turns.get(id) ?? 0) + 1);
    const counts = [...turns.values()];
    if (at < 16 && Math.max(...counts) - Math.min(...counts) > 1)
      wrong.push(`turns go to the streams ${order.slice(0, 20)}`);
  }
  return wrong.slice(0, 1).map((text) => `bodies that are sent: ${text}`);
}

// ---------------------------------------------------------------- what comes

/** A content-length is kept, to the byte; and what has no body has none. */
export function keepsLengths(chance: Chance): readonly string[] {
  const side = chance.pick(["client", "server"] as const);
  const peer = new PlainPeer(chance, side, {});
  peer.begin();
  const length = chance.scale(0, 3000);
  const off = chance.pick([0, 0, 1, -1, length === 0 ? 0 : -length]);
  const size = Math.max(0, length + off);
  const bodiless = side === "client" ? chance.pick(["", "", "HEAD", "204", "304"]) : "";
  const got = new Got();
  const method = bodiless === "HEAD" ? "HEAD" : "POST";
  if (side === "client")
    (peer.connection as ClientConnection).request(got, [":method", method, ...requestFields.slice(2)], true);
  const status = bodiless === "204" || bodiless === "304" ? bodiless : "200";
  const head = side === "server" ? requestBlock : field(0, ":status", status);
  const frames = [
    ...peer.say(frame(types.headers, flagEndHeaders, 1, [...head, ...field(0, "content-length", String(length))])),
  ];
  const cut = chance.whole(0, size);
  const trailers = chance.happens(0.3);
  const pad = chance.whole(0, 9);
  frames.push(
    ...peer.say(
      frame(types.data, flagPadded, 1, [pad, ...partOf(1, 0, cut), ...new Array<number>(pad).fill(0)]),
      frame(types.data, trailers ? 0 : flagEnd, 1, partOf(1, cut, size - cut)),
      ...(trailers ? [frame(types.headers, flagEnd | flagEndHeaders, 1, field(0, "x-end", "1"))] : []),
    ),
  );
  const stream = side === "client" ? got : (peer.accepted[0] as Got);
  const reset = resetCode(frames, 1);
  const wrong = (text: string): readonly string[] => [
    `a ${side} with ${size} of ${length} bytes (${bodiless}): ${text}, it was told ${stream.told}`,
  ];
  const right = bodiless === "" ? size === length : size === 0;
  if (!right)
    return reset === errorCodes.protocolError && stream.told.includes("reset")
      ? []
      : wrong(`it is reset with ${reset}`);
  if (reset !== -1 || !stream.told.includes("end")) return wrong(`it is reset with ${reset}`);
  if (!stream.body.equals(partOf(1, 0, size))) return wrong("it has other bytes");
  return (stream.trailers ?? []).join() === (trailers ? "x-end,1" : "")
    ? []
    : wrong(`its trailers are ${stream.trailers}`);
}

/** A stream on which a peer sends as much as it may. */
interface Received {
  readonly got: Got;
  readonly id: number;
  window: number;
  /** Came, and was consumed. */
  came: number;
  used: number;
}

/** Windows bound what is held, whatever a peer does, and come back as bodies are read. */
export function givesWindows(chance: Chance): readonly string[] {
  const initialWindow = chance.pick([65_536, 20_000, 1000]);
  const budget = chance.pick([0, 50_000, 200_000]);
  const reserve = chance.pick([20_000, 100_000]);
  const maxStreamWindow = chance.pick([undefined, Math.max(initialWindow, 100_000)]);
  const side = chance.pick(["client", "server"] as const);
  const peer = new PlainPeer(chance, side, { initialWindow, budget, reserve, maxStreamWindow });
  const { connection } = peer;
  const wrong: string[] = [];
  let window = 65_535;
  const streams: Received[] = [];
  const listen = (frames: readonly Frame[]): void => {
    for (const { type, stream, payload } of frames) {
      if (type === types.reset) wrong.push(`stream ${stream} is reset`);
      if (type !== types.window) continue;
      const more = payload.readUInt32BE(0);
      const one = streams.find(({ id }) => id === stream);
      if (stream === 0) window += more;
      else if (one !== undefined) one.window += more;
    }
    if (window > 0x7fff_ffff) wrong.push(`the connection's window is ${window}`);
    let extra = 0;
    for (const one of streams) {
      const whole = one.window + one.came - one.used;
      extra += Math.max(0, whole - initialWindow);
      if (whole > Math.max(initialWindow, maxStreamWindow ?? whole))
        wrong.push(`stream ${one.id} may hold ${whole} bytes`);
      if (one.got.held !== one.came - one.used)
        wrong.push(`stream ${one.id} holds ${one.got.held} of ${one.came - one.used}`);
    }
    // Each stream that was the oldest has the reserve.
    if (extra > budget + reserve * streams.length) wrong.push(`streams have ${extra} bytes beyond their windows`);
    if (window < Math.max(0, ...streams.map((one) => one.window)))
      wrong.push(`the connection's window of ${window} stops a stream`);
  };
  listen(peer.written);
  listen(peer.begin());
  // So long is the path.
  connection.tick(chance.pick([0, 30]), false);
  listen(peer.acknowledge());
  for (let step = 0; step < 24 && wrong.length === 0; step++) {
    const one = streams.length === 0 || (streams.length < 4 && chance.happens(0.2)) ? undefined : chance.pick(streams);
    if (chance.happens(0.5)) connection.tick(connection.now + chance.pick([0, 1, 30]), false);
    if (one === undefined) {
      const id = 2 * streams.length + 1;
      const asked = new Got();
      if (side === "client") (connection as ClientConnection).request(asked, requestFields, true);
      const head = side === "server" ? requestBlock : [0x88];
      const frames = [...peer.take(), ...peer.say(frame(types.headers, flagEndHeaders, id, head))];
      const got = side === "client" ? asked : (peer.accepted.at(-1) as Got);
      streams.push({ got, id, window: initialWindow, came: 0, used: 0 });
      listen(frames);
    } else if (chance.happens(0.6)) {
      const size = Math.min(one.window, window, chance.pick([16_384, 1000, 1_000_000]), 65_000);
      if (size <= 0) continue;
      one.window -= size;
      window -= size;
      one.came += size;
      listen(peer.say(frame(types.data, 0, one.id, partOf(one.id, one.came - size, size))));
    } else {
      const used = chance.happens(0.5) ? one.came - one.used : chance.scale(0, one.came - one.used);
      one.used += used;
      one.got.consumed(used);
      listen(peer.take());
    }
  }
  // All is read: whoever sends may go on.
  for (const one of streams) {
    one.got.consumed(one.came - one.used);
    one.used = one.came;
    listen(peer.take());
  }
  const { credit } = connection;
  for (const one of streams) {
    if (one.window <= 0) wrong.push(`stream ${one.id} has read all, and its peer may send ${one.window} bytes`);
    if (one.window !== one.got.receiveWindow)
      wrong.push(`its peer has ${one.window} bytes of ${one.got.receiveWindow}`);
    const missing = initialWindow - one.window;
    if (missing >= 16_384 && 2 * one.window <= initialWindow) wrong.push(`${missing} bytes were not given back`);
  }
  if (credit.held !== 0) wrong.push(`${credit.held} bytes are held`);
  // One byte more than a window allows ends the stream.
  const [last] = streams;
  if (wrong.length === 0 && last !== undefined && last.window + 1 < 65_000 && last.window < window) {
    const frames = peer.say(frame(types.data, 0, last.id, new Uint8Array(last.window + 1)));
    if (resetCode(frames, last.id) !== errorCodes.flowControlError) wrong.push("more than its window was taken");
  }
  return wrong.slice(0, 2).map((text) => `windows of a ${side} (${initialWindow}, ${budget}, ${reserve}): ${text}`);
}
