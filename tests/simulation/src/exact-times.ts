// What waits for a peer, and how long: to the millisecond.
import type { ClientConnection, ServerConnection } from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import { requestBlock, requestFields } from "./exact-rules.js";
import { type Frame, Got, goawayCode, PlainPeer, resetCode } from "./plain-peer.js";
import { errorCodes, flagEnd, flagEndHeaders, frame, frameTypes as types, word } from "./strange-bytes.js";

/** What waits for a peer, and how long. */
export function keepsTimes(chance: Chance): readonly string[] {
  const wrong: string[] = [];
  const at = (peer: PlainPeer, ms: number): readonly Frame[] => {
    if (peer.connection.nextDue() <= ms) peer.connection.tick(ms);
    return peer.take();
  };
  const side = chance.pick(["client", "server"] as const);
  const silent = new PlainPeer(chance, side, { settingsTimeoutMs: 500 });
  const speaks = chance.happens(0.5);
  if (speaks) silent.begin();
  if (goawayCode(at(silent, 499)) !== -1) wrong.push("SETTINGS are missed too early");
  if (goawayCode(at(silent, 500)) !== errorCodes.settingsTimeout) wrong.push("SETTINGS are not missed");

  // A peer that reads nothing of a stream.
  const slow = new PlainPeer(chance, "server", { stalledTimeoutMs: 1000 });
  slow.begin([0, 4, ...word(10)]);
  slow.acknowledge();
  slow.say(
    frame(types.headers, flagEnd | flagEndHeaders, 1, requestBlock),
    frame(types.headers, flagEnd | flagEndHeaders, 3, requestBlock),
  );
  const [stalls, reads] = slow.accepted as [Got, Got];
  for (const got of [stalls, reads]) {
    got.sendHead([":status", "200"]);
    got.sendData(new Uint8Array(100));
  }
  slow.take();
  const resets: string[] = [];
  for (let ms = 250; ms <= 2500; ms += 250) {
    if (resetCode(at(slow, ms), 1) !== -1) resets.push(String(ms));
    if (!stalls.closed || ms < 2000) slow.say(frame(types.window, 0, 3, word(1)));
  }
  if (resets.length !== 1 || Number(resets[0]) < 1000 || Number(resets[0]) > 1500)
    wrong.push(`a stream that stalls for 1000 ms is reset at ${resets}`);
  if (reads.closed) wrong.push(`a stream whose peer reads was broken off: ${reads.lost?.message}`);

  // A response that is complete before its request.
  const early = new PlainPeer(chance, "server", {});
  early.begin();
  early.acknowledge();
  early.say(frame(types.headers, flagEndHeaders, 1, requestBlock));
  (early.accepted[0] as Got).sendHead([":status", "200"], true);
  early.take();
  if (early.connection.nextDue() !== 1000)
    wrong.push(`the rest of a request is looked for at ${early.connection.nextDue()}`);
  const rest = chance.pick([49_152, 49_153]);
  const sent: Frame[] = [];
  for (let left = rest; left > 0; left -= 16_384)
    sent.push(...early.say(frame(types.data, 0, 1, new Array<number>(Math.min(left, 16_384)).fill(0))));
  if ((resetCode(sent, 1) === 0) !== rest > 49_152)
    wrong.push(`${rest} bytes after a response: it is reset with ${resetCode(sent, 1)}`);
  if (rest === 49_152) {
    if (resetCode(at(early, 999), 1) !== -1) wrong.push("the rest of a request is not awaited");
    if (resetCode(at(early, 1000), 1) !== errorCodes.noError)
      wrong.push("the rest of a request is awaited without end");
  }
  if (early.connection.streams.size > 0) wrong.push("a stream stays that is over");
  return [...wrong, ...drains(chance)].map((text) => `times: ${text}`);
}

/** A server that drains says so twice: the second time after a round trip, or a second; while it has calls, ten of them. */
function drains(chance: Chance): readonly string[] {
  const wrong: string[] = [];
  const peer = new PlainPeer(chance, "server", {});
  peer.begin();
  peer.acknowledge();
  const open = chance.happens(0.5);
  if (open) peer.say(frame(types.headers, flagEnd | flagEndHeaders, 1, requestBlock));
  const server = peer.connection as ServerConnection;
  const graceful = chance.happens(0.7);
  server.shutdown(graceful);
  server.shutdown(graceful);
  const lastOf = (frames: readonly Frame[]): string =>
    frames
      .filter(({ type }) => type === types.goaway)
      .map(({ payload }) => `${payload.readUInt32BE(0)} ${payload.subarray(8)}`)
      .join("|");
  const first = peer.take();
  const last = open ? "1 " : "0 ";
  if (lastOf(first) !== (graceful ? `${0x7fff_ffff} ` : last)) wrong.push(`the first GOAWAY says ${lastOf(first)}`);
  if (graceful) {
    const answered = chance.happens(0.5);
    const ping = first.find(({ type }) => type === types.ping);
    let frames: readonly Frame[] = [];
    if (answered) frames = peer.say(frame(types.ping, 1, 0, [...(ping?.payload ?? [])]));
    else {
      const seconds = open ? 10 : 1;
      for (let ms = 999; ms < seconds * 1000; ms += ms % 1000 === 0 ? 999 : 1) server.tick(ms);
      if (peer.take().length > 0) wrong.push("a server that drains does not wait");
      server.tick(seconds * 1000);
      frames = peer.take();
    }
    if (lastOf(frames) !== last) wrong.push(`the second GOAWAY says ${lastOf(frames)}`);
  }
  server.shutdown(false);
  if (peer.take().length > 0) wrong.push("it says that it ends once more");
  if (server.closed === open) wrong.push(open ? "it is closed before its last stream" : "it is not closed");
  if (open) {
    (peer.accepted[0] as Got).sendHead([":status", "200"], true);
    const asked = peer.take().find(({ type }) => type === types.ping);
    if (server.closed || asked === undefined) wrong.push("its last answer may not have been read");
    const { now } = server;
    if (chance.happens(0.5)) {
      peer.say(frame(types.ping, 1, 0, [...(asked?.payload ?? [])]));
    } else {
      server.tick(now + 59_999);
      if (server.closed) wrong.push("it does not wait until its last answer is read");
      server.tick(now + 60_000);
    }
    if (!server.closed || peer.end?.code !== 0) wrong.push("it is not closed after its last stream");
  }
  const { flushes } = peer;
  server.shutdown();
  if (peer.flushes > flushes) wrong.push("it has more to say when it is closed");
  return wrong;
}

/** A request that comes too early waits for the server's limit of streams, with its body and its trailers. */
export function waitsForRoom(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "client", {});
  const client = peer.connection as ClientConnection;
  peer.begin([0, 3, ...word(1)]);
  const wrong: string[] = [];
  const ask = (): Got => {
    const got = new Got();
    client.request(got, requestFields, false);
    return got;
  };
  const first = ask();
  const second = ask();
  const third = ask();
  const size = chance.pick([0, 0, 100, 70_000]);
  const trailers = chance.happens(0.5);
  if (size > 0 && chance.happens(0.5)) second.sendData(new Uint8Array(size));
  else if (size > 0) second.sendEnd(new Uint8Array(size), trailers ? ["x-end", "1"] : undefined);
  second.sendEnd(undefined, trailers ? ["x-end", "1"] : undefined);
  if (client.freeStreams !== 0) wrong.push(`${client.freeStreams} streams are free`);
  if (peer.take().some(({ stream }) => stream > 1)) wrong.push("a second stream is opened");
  const dropped = chance.happens(0.3);
  if (dropped) third.reset(8);
  const over = (stream: number): readonly Frame[] =>
    peer.say(frame(types.headers, flagEnd | flagEndHeaders, stream, [0x88]));
  const came = over(1);
  if (!first.told.includes("end")) wrong.push(`the first was told ${first.told}`);
  const heads = came.filter(({ type, stream }) => type === types.headers && stream === 3);
  const data = came.filter(({ type, stream }) => type === types.data && stream === 3);
  const bytes = data.reduce((sum, { payload }) => sum + payload.byteLength, 0);
  if (bytes !== Math.min(size, 65_535)) wrong.push(`${bytes} of ${size} bytes went`);
  const ends = [...heads, ...data].filter(({ flags }) => (flags & flagEnd) !== 0);
  const whole = size <= 65_535;
  if (ends.length !== Number(whole)) wrong.push(`the second ends ${ends.length} times`);
  if (whole && heads.length !== (trailers ? 2 : 1)) wrong.push(`${heads.length} field blocks of the second`);
  const after = over(3);
  if (second.told.join() !== "only head,end,close") wrong.push(`the second was told ${second.told}`);
  if (after.some(({ stream, type }) => stream === 5 && type === types.headers) === dropped) wrong.push("the third");
  if (third.id !== (dropped ? 0 : 5)) wrong.push(`the third has the stream ${third.id}`);
  return wrong.map((text) => `requests that wait (${size}, ${trailers}): ${text}`);
}

/** What HTTP/2 cannot carry breaks its stream off, and says why. */
export function refusesToSend(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "server", {});
  peer.begin([0, 6, ...word(1000)]);
  peer.say(frame(types.headers, flagEnd | flagEndHeaders, 1, requestBlock));
  const got = peer.accepted[0] as Got;
  const [fields, code, why] = chance.pick([
    [["Upper", "1"], errorCodes.internalError, "HTTP/2 cannot carry a field name that is not a token in lower case"],
    [
      ["a", "\u0101"],
      errorCodes.internalError,
      "HTTP/2 cannot carry a character in the value of a that HTTP does not allow",
    ],
    [
      ["connection", "close"],
      errorCodes.internalError,
      "HTTP/2 cannot carry the field connection, which belongs to HTTP/1.1",
    ],
    [
      ["long", "l".repeat(1000 - 36 - 42 + 1)],
      errorCodes.enhanceYourCalm,
      "1001 bytes of header fields, and the peer takes 1000",
    ],
    [["long", "l".repeat(1000 - 36 - 42)], -1, ""],
  ] as const);
  const inTrailers = chance.happens(0.5);
  if (!inTrailers) got.sendHead([":status", "200", ...fields], true);
  else {
    got.sendHead([":status", "200"]);
    got.sendEnd(undefined, ["x-trailer", "1", ...fields]);
  }
  const frames = peer.take();
  const what = `${fields[0]} in ${inTrailers ? "trailers" : "a head"}`;
  if (inTrailers && fields[0] === "long") return [];
  if (resetCode(frames, 1) !== code) return [`${what}: the stream is reset with ${resetCode(frames, 1)}`];
  const ended = code === -1 ? "only head,end,close" : "only head,end,reset,close";
  if (got.told.join() !== ended) return [`${what}: it was told ${got.told}`];
  return (got.lost?.message ?? "") === why ? [] : [`${what}: it was told ${got.lost?.message}`];
}

/** A client that is to leave, or whose server is, goes with its last stream. */
export function leaves(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "client", {});
  const client = peer.connection as ClientConnection;
  peer.begin();
  peer.acknowledge();
  const open = chance.happens(0.5);
  const asked = chance.happens(0.5);
  const wrong: string[] = [];
  if (open) client.request(new Got(), requestFields, true);
  if (asked) client.shutdown();
  else peer.say(frame(types.goaway, 0, 0, [...word(1), ...word(0)]));
  if (client.acceptsRequests || client.request(new Got(), requestFields, true)?.reason !== "closed")
    wrong.push("it takes requests");
  if (client.closed === open) wrong.push(open ? "it is closed before its last stream" : "it is not closed");
  if (open) peer.say(frame(types.headers, flagEnd | flagEndHeaders, 1, [0x88]));
  peer.take();
  const by = asked ? "local" : "peer";
  if (peer.end?.by !== by || peer.end.code !== 0) wrong.push(`its host heard of ${JSON.stringify(peer.end)}`);
  if (goawayCode(peer.written) !== (asked ? 0 : -1)) wrong.push(`its GOAWAY says ${goawayCode(peer.written)}`);
  return wrong.map((text) => `a client that leaves (${asked}, ${open}): ${text}`);
}

/** Streams wait for the budget, and others have it and do nothing for a minute: the youngest of those ends. */
export function relievesStarved(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "server", { budget: 1_000_000, reserve: 0 });
  const { connection } = peer;
  peer.begin();
  peer.acknowledge();
  /** What each stream may send, and since when it does not. */
  const windows = new Map<number, number>();
  const since = new Map<number, number>();
  let now = 0;
  const hear = (frames: readonly Frame[]): void => {
    for (const { type, stream, payload } of frames) {
      if (type !== types.window || stream === 0) continue;
      const window = windows.get(stream) ?? 0;
      if (window <= 0) since.set(stream, now);
      windows.set(stream, window + payload.readUInt32BE(0));
    }
  };
  const upload = (stream: number, pieces: number): void => {
    windows.set(stream, (windows.get(stream) ?? 65_536) - pieces * 16_384);
    since.set(stream, now);
    const piece = frame(types.data, 0, stream, new Array<number>(16_384).fill(0));
    hear(peer.say(...Array.from({ length: pieces }, () => piece)));
  };
  // The budget has room for what some of them want.
  for (let stream = 1; stream <= 15; stream += 2) {
    peer.say(frame(types.headers, flagEndHeaders, stream, requestBlock));
    (peer.accepted.at(-1) as Got).autoConsume = chance.happens(0.5);
    upload(stream, 4);
  }
  const wrong: string[] = [];
  for (now = 1000; now <= 150_000 && wrong.length === 0; now += 1000) {
    const waits = connection.credit.starved.size > 0;
    const idle = peer.accepted.filter((stream) => {
      const { id, held } = stream;
      const window = windows.get(id) ?? -held;
      const awaits = window <= 0 && connection.credit.starved.has(stream);
      return window + held > 65_536 && !awaits && (since.get(id) as number) <= now - 60_000;
    });
    if (waits && connection.nextDue() > now) wrong.push(`nobody looks after ${now} ms`);
    connection.tick(now);
    const frames = peer.take();
    hear(frames);
    const ended = frames.filter(({ type }) => type === types.reset).map(({ stream }) => stream);
    const due = waits && idle.length > 0 ? [Math.max(...idle.map(({ id }) => id))] : [];
    if (ended.join() !== due.join()) wrong.push(`after ${now} ms ${ended} end, and not ${due}`);
    const over = chance.happens(0.02) ? [chance.pick([...windows.keys()])] : [];
    hear(peer.say(...over.map((stream) => frame(types.reset, 0, stream, word(8)))));
    for (const stream of [...ended, ...over]) windows.delete(stream);
    const able = [...windows].filter(([, window]) => window > 16_384);
    if (able.length > 0 && chance.happens(0.1)) upload(chance.pick(able)[0], 1);
  }
  return wrong.map((text) => `streams that starve: ${text}`);
}
