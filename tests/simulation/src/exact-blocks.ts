// Header blocks of a connection against a reader and a writer of the simulation's own: which bytes mean what, to the last of them.
import type { ClientConnection } from "@connect-ts/runtime/http2";
import { BlockWatch } from "./block-watch.js";
import type { Chance } from "./chance.js";
import { HpackReader, WrongBlock } from "./hpack-reader.js";
import { HpackWriter } from "./hpack-writer.js";
import { type Frame, Got, goawayCode, PlainPeer, resetCode } from "./plain-peer.js";
import { errorCodes, frame, frameTypes, word } from "./strange-bytes.js";
import type { Field } from "./strange-requests.js";

/** All characters that values may have (RFC 9110 section 5.5), but for those that are trimmed at the ends. */
const all = `.${Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
  .join("")
  .replace(/[^\t\x20-\x7e\x80-\xff]/g, "")}.`;
const names = [
  "x-a",
  "x-b",
  "x-c",
  "date",
  "content-type",
  "user-agent",
  "accept",
  "x-longer-name-of-a-field",
] as const;
const values = ["1", "2", "trailers", "application/grpc", "~~~~", "\xff\xfe", "a value of a field", "", all] as const;

const weigh = (list: readonly Field[]): number =>
  list.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);

/** @param table - how large a table may be: some fields fill all of it */
function someFields(chance: Chance, table = 4096): Field[] {
  return Array.from({ length: chance.whole(0, 6) }, () => {
    const value = chance.weighted({
      one: 6,
      long: 2,
      number: 2,
      noise: 1,
      whole: table < 62 || table > 4096 ? 0 : 0.3,
    });
    const name = chance.happens(0.1) ? `x-${chance.whole(1, 99)}` : chance.pick(names);
    if (value === "whole") return [name, "v".repeat(table - 32 - name.length)];
    if (value === "one") return [name, chance.pick(values)];
    if (value === "number") return [name, String(chance.whole(0, 10_000))];
    if (value === "long") return [name, chance.pick(["v", "~", "\xe9"]).repeat(chance.scale(1, 600))];
    const noise = Array.from({ length: chance.whole(1, 90) }, () => all[chance.whole(0, all.length - 1)]);
    return [name, `.${noise.join("")}.`];
  });
}

function headOf(chance: Chance, side: "client" | "server"): Field[] {
  if (side === "client") return [[":status", chance.pick(["200", "200", "404", "500", "201"])]];
  return [
    [":method", chance.pick(["POST", "GET", "PUT"])],
    [":scheme", chance.pick(["http", "https"])],
    [":authority", chance.pick(["simulated.test", "a.b:443"])],
    [":path", chance.pick(["/", "/index.html", "/simulated.Service/unary", `/${chance.whole(0, 99)}`])],
  ];
}

const sizeOf = (bytes: number): readonly number[] => [0, 1, ...word(bytes)];

/** What a peer writes in any way that there is has to be read as it was meant, and what is wrong has to end the connection. */
export function readsBlocks(chance: Chance): readonly string[] {
  const side = chance.pick(["client", "server"] as const);
  const wrong: string[] = [];
  const own = chance.pick([undefined, 0, 100, 4096, 65_536]);
  const limits = { maxHeaderBytes: chance.pick([16_384, 3000, 3000, 3000]), maxHeaderPairs: chance.pick([128, 20]) };
  const peer = new PlainPeer(chance, side, { headerTableBytes: own, limits });
  const writer = new HpackWriter(chance);
  peer.begin();
  const acknowledgedAt = chance.whole(0, 4);
  let before: Field[] = [];
  for (let n = 0, stream = 1; n < 6; n++, stream += 2) {
    if (n === acknowledgedAt) {
      peer.acknowledge();
      writer.limit = own ?? 4096;
      if (writer.limit < writer.table.size && chance.happens(0.1)) return notTakenUp(peer, stream, side);
    }
    const got = new Got();
    if (side === "client") (peer.connection as ClientConnection).request(got, headOf(chance, "server").flat(), true);
    const list =
      before.length > 0 && chance.happens(0.4) ? before : [...headOf(chance, side), ...someFields(chance, own)];
    before = list;
    const atLimit = chance.happens(0.2) ? filled(chance, list, limits) : undefined;
    const sent = atLimit?.list ?? list;
    const trailers = chance.happens(0.4) ? someFields(chance) : undefined;
    const frames = [...peer.block(stream, writer.write(sent), trailers === undefined)];
    const tooLarge = weigh(sent) > limits.maxHeaderBytes || sent.length > limits.maxHeaderPairs;
    const stays = trailers === undefined || weigh(trailers) <= limits.maxHeaderBytes;
    if (trailers !== undefined) frames.push(...peer.block(stream, writer.write(trailers), true));
    if (peer.connection.closed) return [`blocks: the connection ended: ${peer.end?.message}`];
    const answered = side === "client" ? got : peer.accepted.find(({ id }) => id === stream);
    if (tooLarge) {
      if ((answered?.heads.length ?? 0) > 0)
        wrong.push(`a list of ${weigh(sent)} bytes, ${sent.length} fields was taken`);
      if (resetCode(frames, stream) !== errorCodes.enhanceYourCalm)
        wrong.push("a list that is too large was not answered");
      continue;
    }
    const [head] = answered?.heads ?? [];
    same("a list", sent.flat(), head?.fields, wrong);
    same("its fields", sent.filter(([name]) => !name.startsWith(":")).flat(), head?.headers, wrong);
    if (!stays) continue;
    if (answered?.told.includes("end") !== true) wrong.push(`stream ${stream} has no end: ${answered?.told}`);
    same("trailers", trailers?.flat(), answered?.trailers, wrong);
    if (resetCode(frames, stream) > 0) wrong.push(`stream ${stream} was reset with ${resetCode(frames, stream)}`);
  }
  if (wrong.length === 0) wrong.push(...refusesBlock(chance, peer, writer));
  return wrong.map((text) => `blocks that a ${side} reads: ${text}`);
}

/** The list with as much as is allowed, or with one more. */
function filled(chance: Chance, list: readonly Field[], limits: { maxHeaderBytes: number; maxHeaderPairs: number }) {
  const beyond = chance.pick([0, 1]);
  if (chance.happens(0.5)) {
    const missing = limits.maxHeaderPairs + beyond - list.length;
    return { list: [...list, ...Array.from({ length: missing }, (_, i): Field => [`x-${i % 4}`, "1"])] };
  }
  const missing = limits.maxHeaderBytes + beyond - weigh(list) - 37;
  return missing < 0 ? undefined : { list: [...list, ["x-pad", chance.pick(["p", "~"]).repeat(missing)] as Field] };
}

function same(
  what: string,
  sent: readonly string[] | undefined,
  got: readonly string[] | undefined,
  wrong: string[],
): void {
  if (JSON.stringify(sent ?? []) === JSON.stringify(got ?? [])) return;
  const at = (sent ?? []).findIndex((text, index) => text !== got?.[index]);
  wrong.push(
    `${what} came as another one: ${JSON.stringify(sent?.slice(at, at + 2))} as ${JSON.stringify(got?.slice(at, at + 2))}`.slice(
      0,
      300,
    ),
  );
}

/** RFC 9113 section 4.3.1: who has acknowledged a smaller table has to say so in the next block. */
function notTakenUp(peer: PlainPeer, stream: number, side: "client" | "server"): readonly string[] {
  const got = new Got();
  if (side === "client") (peer.connection as ClientConnection).request(got, headOf(peer.chance, "server").flat(), true);
  const frames = peer.block(stream, side === "client" ? [0x88] : [0x82, 0x86, 0x84], true);
  return goawayCode(frames) === errorCodes.compressionError ? [] : ["a smaller table may be ignored"];
}

function refusesBlock(chance: Chance, peer: PlainPeer, writer: HpackWriter): readonly string[] {
  const { bytes, why } = writer.wrong();
  const reader = new HpackReader();
  Object.assign(reader.table, { size: writer.table.size });
  reader.table.entries.push(...writer.table.entries);
  reader.announce(writer.limit);
  try {
    reader.read(Uint8Array.from(bytes));
    throw new Error(`the reader of the simulation takes ${why}`);
  } catch (error) {
    if (!(error instanceof WrongBlock)) throw error;
  }
  const stream = 1001;
  const frames = peer.block(stream, bytes, chance.happens(0.5));
  if (goawayCode(frames) === errorCodes.compressionError && peer.connection.closed) return [];
  return [`it takes ${why} (${Buffer.from(bytes).toString("hex")}), and says ${goawayCode(frames)}`];
}

/** The field block in frames that have neither padding nor priority. */
function blockOf(frames: readonly Frame[]): Buffer {
  const parts = frames.filter(({ type }) => type === frameTypes.headers || type === frameTypes.continuation);
  return Buffer.concat(parts.map(({ payload }) => payload));
}

/** What a connection writes is what was meant, in the fewest bytes that its promises allow. */
export function writesBlocks(chance: Chance): readonly string[] {
  const own = chance.pick([undefined, 0, 200, 4096, 65_536]);
  const peer = new PlainPeer(chance, "client", { headerTableBytes: own, neverIndexed: ["X-Secret"] });
  const connection = peer.connection as ClientConnection;
  const watch = new BlockWatch(["x-secret"]);
  const told = new BlockWatch();
  const wrong: string[] = [];
  peer.begin([0, 3, ...word(1000)]);
  // By name: how many values still become entries unseen, and which values were written out.
  const unseen = new Map<string, number>();
  const written = new Set<string>();
  let before: string[] = [];
  let lastOut = "";
  /** How often the size of the table may be told: before and after it has become smaller. */
  let sizesDue = 2;
  for (let n = 0; n < 12; n++) {
    if (chance.happens(0.2)) {
      sizesDue = 2;
      const size = sizeOf(chance.pick([0, 100, 300, 4096, 65_536]));
      told.settings(Uint8Array.from(size));
      if (peer.say(frame(frameTypes.settings, 0, 0, size)).some(({ type, flags }) => type === 4 && flags === 1))
        watch.acknowledges(told);
      else wrong.push("SETTINGS are not acknowledged");
    }
    const secrets: Field[] = chance.happens(0.3)
      ? [
          ["authorization", "Bearer a"],
          ["x-secret", "b"],
          ["cookie", ""],
        ]
      : [];
    const again = before.length > 0 && chance.happens(0.4);
    const list = again ? before : [...headOf(chance, "server"), ...someFields(chance), ...secrets].flat();
    before = list;
    const stream = new Got();
    const refusal = connection.request(stream, list, true);
    if (refusal !== undefined) return [`a request was not taken: ${refusal.message}`];
    const block = watch.read(stream.id, blockOf(peer.take()));
    if (block === undefined) break;
    const { fields, sizes } = block;
    sizesDue -= sizes.length;
    if (sizesDue < 0) wrong.push(`the size of the table is told again: ${sizes}`);
    const { table } = watch.reader;
    same("a list", list, watch.lists.get(stream.id)?.[0], wrong);
    const size = Math.min(own ?? 4096, watch.reader.limit);
    if (sizes.length === 0 && table.size !== size) wrong.push(`the table has ${table.size} bytes, and not ${size}`);
    for (const { name, value, how, known, fitsHalf } of fields) {
      const out = `${name}: ${value}`;
      const left = unseen.get(name) ?? 4;
      if (known || how === "never" || !fitsHalf) continue;
      if (left > 0) {
        unseen.set(name, left - 1);
        if (how !== "added") wrong.push(`a new value of ${name} makes no entry`);
      } else {
        if (how === "added" && !written.has(out)) wrong.push(`the value of ${out} makes an entry at once`);
        if (how === "plain" && lastOut === out) wrong.push(`the value of ${out} makes no entry, and it came again`);
        lastOut = out;
        written.add(out);
      }
    }
  }
  return [...wrong, ...watch.wrong].map((text) => `blocks that are written: ${text}`);
}

/** A value that differs each time must not fill the table with what is of no use. */
export function sparesTheTable(chance: Chance): readonly string[] {
  const peer = new PlainPeer(chance, "client", {});
  const connection = peer.connection as ClientConnection;
  peer.begin([0, 3, ...word(1000)]);
  const watch = new BlockWatch();
  let added = 0;
  const blocks = chance.whole(80, 130);
  for (let n = 0; n < blocks; n++) {
    const stream = new Got();
    // Each twice, and never again.
    connection.request(stream, [...headOf(chance, "server").slice(0, 3).flat(), ":path", `/of/${n >> 1}`], true);
    const fields = watch.read(stream.id, blockOf(peer.take()))?.fields ?? [];
    added += fields.filter(({ name, how }) => name === ":path" && how === "added").length;
    peer.block(stream.id, [0x88], true);
  }
  const most = 4 + 32 + Math.floor(blocks / 64);
  if (added > most) return [`${added} paths of ${blocks} blocks became entries, and not ${most} at most`];
  return watch.wrong;
}

/** Spaces around a value are no part of it; a strict reader takes none. */
export function trimsValues(chance: Chance): readonly string[] {
  const strict = chance.happens(0.3);
  const peer = new PlainPeer(chance, "server", { strict });
  peer.begin();
  const writer = new HpackWriter(chance);
  const spaces = (): string => chance.pick(["", "", " ", "  ", "\t", " \t "]);
  const sent = [1, 2, 3].map(
    (n): Field => [`x-${n}`, `${spaces()}${chance.pick(["a", "a b", "", "a\tb c"])}${spaces()}`],
  );
  const inTrailers = chance.happens(0.4);
  const head = headOf(chance, "server");
  const frames = [...peer.block(1, writer.write(inTrailers ? head : [...head, ...sent]), !inTrailers)];
  if (inTrailers) frames.push(...peer.block(1, writer.write(sent), true));
  const got = peer.accepted[0];
  const wrong: string[] = [];
  if (strict && sent.some(([, value]) => /^[ \t]|[ \t]$/.test(value))) {
    if (resetCode(frames, 1) !== errorCodes.protocolError) wrong.push("a strict reader takes spaces around a value");
    return wrong;
  }
  const expected = sent.flatMap(([name, value]) => [name, value.replace(/^[ \t]+|[ \t]+$/g, "")]);
  same("what has spaces around it", expected, inTrailers ? got?.trailers : got?.heads[0]?.headers, wrong);
  return wrong;
}
