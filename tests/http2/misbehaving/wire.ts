// Frames by hand (RFC 9113), for servers that do what no library would.

/** A frame as it is on the wire. */
export function frame(type: number, flags: number, id: number, payload: Iterable<number> = []): Buffer {
  const body = Buffer.from(Uint8Array.from(payload));
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** An HPACK integer with a prefix of 7 bits (RFC 7541 section 5.1). */
function length(value: number): number[] {
  if (value < 127) return [value];
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

const latin1 = (text: string): number[] => [...Buffer.from(text, "latin1")];

/** Fields, names and values in turn, each as a literal that enters no table. */
export function block(fields: readonly string[]): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [latin1(fields[i] as string), latin1(fields[i + 1] as string)];
    bytes.push(0, ...length(name.length), ...name, ...length(value.length), ...value);
  }
  return bytes;
}

export const endStream = 1;
export const endHeaders = 4;

/** HEADERS that end their block. */
export function headers(id: number, fields: readonly string[], flags = 0): Buffer {
  return frame(1, endHeaders | flags, id, block(fields));
}

export const data = (id: number, bytes: Iterable<number>, flags = 0): Buffer => frame(0, flags, id, bytes);
export const priority = (id: number, on: number): Buffer => frame(2, 0, id, [...u32(on), 16]);
export const rst = (id: number, code: number): Buffer => frame(3, 0, id, u32(code));
export const ping: Buffer = frame(6, 0, 0, u32(1, 2));
export const goaway = (last: number, code: number): Buffer => frame(7, 0, 0, u32(last, code));
export const windowUpdate = (id: number, by: number): Buffer => frame(8, 0, id, u32(by));
export const settingsAck: Buffer = frame(4, 1, 0);

/** SETTINGS: identifiers and values in turn. */
export function settings(...entries: readonly number[]): Buffer {
  const payload: number[] = [];
  for (let i = 0; i < entries.length; i += 2) payload.push(0, entries[i] as number, ...u32(entries[i + 1] as number));
  return frame(4, 0, 0, payload);
}

/** `n` times what `make` gives. */
export const times = (n: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: n }, (_, i) => make(i)));

/** A message with its envelope. */
export const envelope = (bytes: Iterable<number>, flags = 0): Buffer => {
  const body = Buffer.from(Uint8Array.from(bytes));
  return Buffer.concat([Buffer.from([flags]), u32(body.length), body]);
};
