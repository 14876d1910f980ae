// Frames that a peer may send and should not, or not there: inserted between the frames of a connection of HTTP/2.
import type { Chance } from "./chance.js";
import { field, frame, word } from "./strange-bytes.js";
import type { Field } from "./strange-requests.js";

/** Field lines that decode, and some that do not. */
const blocks: readonly (readonly number[])[] = [
  [0x88],
  [0x82, 0x86, 0x84],
  [0x88, 0x40, 1, 0x61, 1, 0x62],
  [0x00, 1, 0x41, 1, 0x62],
  [0x3f, 0xe1, 0xff, 0xff, 0x7f],
  [0x20],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x10, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
  [],
];

const request: readonly Field[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "simulated.test"],
  [":path", "/simulated.Service/unary"],
  ["content-type", "application/proto"],
  ["x-call", "0"],
];
const response: readonly Field[] = [
  [":status", "200"],
  ["content-type", "application/proto"],
];

/** Fields that are wrong, or twice, or at a wrong place. */
export const strange: readonly Field[] = [
  ...request,
  [":method", "CONNECT"],
  [":method", "G T"],
  [":scheme", "ht tp"],
  [":authority", "user@host"],
  [":path", ""],
  [":path", "no-slash"],
  [":status", "101"],
  [":status", "100"],
  [":status", "204"],
  [":status", "x"],
  [":else", "1"],
  [":method", ""],
  [":scheme", "https"],
  [":path", "/simulated.Service/unary"],
  [":status", "200"],
  ["host", "another.test"],
  ["host", "no host"],
  ["host", "simulated.test"],
  ["longer", "l".repeat(20_000)],
  ["Upper", "1"],
  ["connection", "close"],
  ["transfer-encoding", "chunked"],
  ["te", "gzip"],
  ["bad name", "1"],
  ["", "1"],
  ["content-length", "5, 6"],
  ["te", "trailers"],
  ["expect", "100-continue"],
  ["content-length", "5"],
  ["content-length", "0"],
  ["content-length", "-1"],
  ["spaces", " around "],
  ["control", "a\u0001b"],
  ["empty", ""],
  ["long", "l".repeat(5000)],
  ["grpc-status", "5"],
  ["grpc-timeout", "1S"],
  ["grpc-encoding", "unknown"],
  ["content-encoding", "gzip"],
];

/** Fields that contradict each other, and more of them than are allowed. */
export const contradictions: readonly (readonly Field[])[] = [
  [
    ["host", "simulated.test"],
    ["host", "another.test"],
  ],
  [
    ["content-length", "5"],
    ["content-length", "6"],
  ],
  [
    ["content-length", "5"],
    ["content-length", "5"],
  ],
  [["content-length", "4000"]],
  Array.from({ length: 300 }, (_, i) => [`x-${i}`, "1"] as const),
  Array.from({ length: 5 }, (_, i) => [`x-${i}`, "l".repeat(5000)] as const),
];

/** What a field block cannot begin or end with (RFC 7541 sections 4.2 and 5). */
export const wrongBlocks: readonly (readonly number[])[] = [
  [0x20, 0x20, 0x20],
  [0x3f, 0xff, 0xff, 3],
  [0xff],
  [0x40],
  [0x40, 0x7f],
  [0x40, 1, 0x61, 0x84, 0xff, 0xff, 0xff, 0xfe],
  [0x40, 1, 0x61, 0x83, 0xff, 0xff, 0x3f],
  [0x40, 1, 0x61, 0x83, 0xff, 0xff, 0xea],
];

/** Settings that are wrong, or that change what was said before: each list is a frame's (RFC 9113 section 6.5.2). */
export const settingsLists: readonly (readonly number[])[] = [
  [0, 2, 0, 0, 0, 2],
  [0, 2, 0, 0, 0, 1],
  [0, 4, 0xff, 0xff, 0xff, 0xff],
  [0, 4, 0x7f, 0xff, 0xff, 0xff],
  [0, 5, 0, 0, 0, 1],
  [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 16, 0],
  [0, 6, 0, 0, 0, 100],
];

/** A block of literal fields: those of a request, of a response or of neither, and then changed. */
function fields(chance: Chance): readonly number[] {
  const list = [...chance.pick([request, request, response, response, []])];
  for (let n = chance.whole(0, 3); n > 0; n--) {
    const at = chance.whole(0, list.length);
    list.splice(at, chance.whole(0, 1), chance.pick(strange));
  }
  if (chance.happens(0.2)) list.splice(chance.whole(0, list.length), 1);
  return list.flatMap(([name, value]) => field(chance.pick([0, 0, 16, 64]), name, value));
}

/** The plainest frame of each type, with its flags and its payload. */
const plain = {
  data: [0, 0, [1, 2, 3]],
  "data end": [0, 1, [1, 2, 3]],
  headers: [1, 4, [0x88]],
  "headers end": [1, 5, [0x88]],
  priority: [2, 0, [0, 0, 0, 0, 15]],
  reset: [3, 0, word(8)],
  settings: [4, 0, []],
  push: [5, 4, [...word(2), 0x82, 0x86, 0x84]],
  ping: [6, 0, [0, 0, 0, 0, 0, 0, 0, 7]],
  goaway: [7, 0, [...word(0x7fff_ffff), ...word(0)]],
  window: [8, 0, word(1)],
  continuation: [9, 4, [0x88]],
  other: [32, 0, []],
} as const;
export type FrameName = keyof typeof plain;

export function plainFrame(name: FrameName, near: number): Uint8Array {
  const [type, flags, payload] = plain[name];
  return frame(type, flags, [4, 6, 7, 8].includes(type) ? 0 : Math.max(1, near), payload);
}

/** A frame of any type, for a stream that there may be. */
export function wrongFrame(chance: Chance, near: number): Uint8Array {
  const type = chance.pick([0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 6, 7, 7, 8, 8, 9, 16, 32]);
  const own = chance.happens(0.9) ? [4, 6, 7, 16].includes(type) : chance.happens(0.5);
  const last = Math.max(1, near);
  const stream = own ? 0 : chance.pick([last, last, last, last + 2, Math.max(1, last - 2), 1, 2, 0, 0x7fff_ffff]);
  const flags = chance.happens(0.5) ? chance.pick([0, 0, 1, 4, 5]) : chance.whole(0, 255);
  const payload = chance.happens(0.85) ? payloadOf(type, chance, last) : noise(chance, chance.scale(0, 300));
  const size = chance.happens(0.95) ? payload.length : chance.scale(0, 0xff_ffff);
  return frame(type, flags, stream, payload, size);
}

function payloadOf(type: number, chance: Chance, last: number): readonly number[] {
  const code = word(chance.whole(0, 14));
  switch (type) {
    case 0:
      return chance.happens(0.3) ? [] : noise(chance, chance.scale(0, 16_384));
    case 2:
      return [...word(chance.pick([0, last])), 15];
    case 3:
      return code;
    case 4:
      return Array.from({ length: chance.whole(0, 3) }, () => setting(chance)).flat();
    case 6:
      return noise(chance, 8);
    case 7:
      return [
        ...word(chance.pick([0, last, Math.max(0, last - 2), 0x7fff_ffff])),
        ...code,
        ...noise(chance, chance.whole(0, 9)),
      ];
    case 8:
      return word(chance.pick([0, 1, 1000, 65_535, 0x7fff_ffff]));
    default:
      return chance.happens(0.6) ? fields(chance) : chance.pick(blocks);
  }
}

function setting(chance: Chance): readonly number[] {
  const value = chance.pick([
    0, 1, 2, 100, 4096, 16_383, 16_384, 65_535, 0xff_ffff, 0x100_0000, 0x7fff_ffff, 0xffff_ffff,
  ]);
  return [0, chance.whole(1, 9), ...word(value)];
}

export function noise(chance: Chance, size: number): number[] {
  return Array.from({ length: size }, () => chance.whole(0, 255));
}
