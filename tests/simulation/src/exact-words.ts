// What a connection says about itself and of its peer: to an observer, in the texts of errors, and on streams that are over.
import type { ClientConnection } from "@connect-ts/runtime/http2";
import type { Chance } from "./chance.js";
import { requestBlock, requestFields } from "./exact-rules.js";
import { Got, PlainPeer } from "./plain-peer.js";
import { flagEnd, flagEndHeaders, frame, frameTypes as types, word } from "./strange-bytes.js";

/** An observer is told of each frame that is written; of DATA, which go together, of each part. */
export function tellsObserver(chance: Chance): readonly string[] {
  const told: string[] = [];
  const data = new Map<number, number>();
  const peer = new PlainPeer(chance, "server", {
    observer: {
      frame: (direction, type, flags, stream, length) => {
        if (direction === "in") return;
        if (type === types.data) data.set(stream, (data.get(stream) ?? 0) + length + (flags & flagEnd) * 1_000_000);
        else told.push(`${type} ${flags} ${stream} ${length}`);
      },
    },
  });
  peer.begin();
  const { connection } = peer;
  for (let step = 0; step < 12 && !connection.closed; step++) {
    const got = peer.accepted.length === 0 ? undefined : chance.pick(peer.accepted);
    const what = chance.weighted({
      open: 4,
      head: 4,
      data: 4,
      end: 3,
      ping: 2,
      pong: 1,
      reset: 1,
      window: 2,
      wrong: 1,
    });
    if (what === "open") peer.say(frame(types.headers, flagEndHeaders, 2 * peer.accepted.length + 1, requestBlock));
    else if (what === "ping") connection.ping();
    else if (what === "pong") peer.say(frame(types.ping, 0, 0, word(7).concat(word(8))));
    else if (what === "wrong") peer.say(frame(types.window, 0, got?.id ?? 0, word(0)));
    else if (got === undefined || got.closed) continue;
    else if (what === "head") got.sendHead([":status", "200"]);
    else if (what === "data") got.sendData(new Uint8Array(chance.scale(0, 30_000)));
    else if (what === "end") got.sendEnd(undefined, chance.happens(0.5) ? ["x-end", "1"] : undefined);
    else if (what === "reset") got.reset(chance.whole(0, 8));
    else peer.say(frame(types.data, 0, got.id, new Array<number>(16_384).fill(0)));
    peer.take();
  }
  if (chance.happens(0.5)) connection.shutdown();
  peer.take();
  const bytes = new Map<number, number>();
  const written = peer.written.flatMap(({ type, flags, stream, payload }) => {
    if (type !== types.data) return [`${type} ${flags} ${stream} ${payload.byteLength}`];
    bytes.set(stream, (bytes.get(stream) ?? 0) + payload.byteLength + (flags & flagEnd) * 1_000_000);
    return [];
  });
  const wrong: string[] = [];
  if (told.sort().join() !== written.sort().join())
    wrong.push(`an observer is told of ${told.join(", ")}, and these are written: ${written.join(", ")}`);
  for (const [stream, size] of bytes)
    if (data.get(stream) !== size)
      wrong.push(`an observer is told of ${data.get(stream)} of ${size} on stream ${stream}`);
  return wrong;
}

/** What a server says when it ends a connection stands in the error, cut and escaped. */
export function quotesReasons(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "client", {});
  peer.begin();
  const got = new Got();
  (peer.connection as ClientConnection).request(got, requestFields, false);
  const text = Array.from({ length: chance.pick([1, 79, 80, 81, 300]) }, () => chance.pick(["a", "b", '"', "\n", "~"]));
  peer.say(frame(types.goaway, 0, 0, [...word(1), ...word(11), ...Buffer.from(text.join(""))]));
  peer.connection.transportLost();
  const escaped = text.slice(0, 80).map((char) => ({ '"': '\\"', "\n": "\\n" })[char] ?? char);
  const expected = `"${escaped.join("")}${text.length > 80 ? "..." : ""}"`;
  const said = got.lost?.message ?? "";
  return said.includes(expected) ? [] : [`of ${text.length} characters a reason has ${said}`];
}

/** When the peer has reset a stream, nothing is said on it any more. */
export function saysNothingMore(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "server", {});
  peer.begin();
  peer.say(frame(types.headers, flagEndHeaders | (chance.happens(0.5) ? flagEnd : 0), 1, requestBlock));
  const got = peer.accepted[0] as Got;
  const headFirst = chance.happens(0.3);
  if (headFirst) got.sendHead([":status", "200"]);
  peer.take();
  peer.say(frame(types.reset, 0, 1, word(8)));
  const told = got.told.join();
  const had = peer.written.length;
  got.sendInformational([":status", "103"]);
  got.sendHead([":status", "200"], chance.happens(0.5));
  got.sendData(new Uint8Array(10));
  got.sendEnd(chance.happens(0.5) ? new Uint8Array(10) : undefined, ["x-end", "1"]);
  got.reset(2);
  peer.take();
  const wrong: string[] = [];
  if (peer.written.length > had) wrong.push("something is said on a stream that the peer has reset");
  if (got.told.join() !== told) wrong.push(`a stream that was reset is told ${got.told}`);
  return wrong;
}
