// What waits for a peer, and how long: to the millisecond.
import { ErrorCode, type ServerConnection } from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import { requestBlock } from "./exact-rules.js";
import { type Frame, type Got, goawayCode, PlainPeer, resetCode } from "./plain-peer.js";
import { flagEnd, flagEndHeaders, frame, frameTypes as types, word } from "./strange-bytes.js";

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
  if (goawayCode(at(silent, 500)) !== ErrorCode.settingsTimeout) wrong.push("SETTINGS are not missed");

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
  const rest = chance.pick([49_152, 49_153]);
  const sent: Frame[] = [];
  for (let left = rest; left > 0; left -= 16_384)
    sent.push(...early.say(frame(types.data, 0, 1, new Array<number>(Math.min(left, 16_384)).fill(0))));
  if ((resetCode(sent, 1) === 0) !== rest > 49_152)
    wrong.push(`${rest} bytes after a response: it is reset with ${resetCode(sent, 1)}`);
  if (rest === 49_152) {
    if (resetCode(at(early, 999), 1) !== -1) wrong.push("the rest of a request is not awaited");
    if (resetCode(at(early, 1000), 1) !== ErrorCode.noError) wrong.push("the rest of a request is awaited without end");
  }
  if (early.connection.streams.size > 0) wrong.push("a stream stays that is over");
  return [...wrong, ...drains(chance)].map((text) => `times: ${text}`);
}

/** A server that drains says so twice: the second time after a round trip, or a second. */
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
      server.tick(999);
      if (peer.take().length > 0) wrong.push("a server that drains does not wait");
      server.tick(1000);
      frames = peer.take();
    }
    if (lastOf(frames) !== last) wrong.push(`the second GOAWAY says ${lastOf(frames)}`);
  }
  if (server.closed === open) wrong.push(open ? "it is closed before its last stream" : "it is not closed");
  if (open) {
    (peer.accepted[0] as Got).sendHead([":status", "200"], true);
    if (!server.closed || peer.end?.code !== 0) wrong.push("it is not closed after its last stream");
  }
  return wrong;
}
