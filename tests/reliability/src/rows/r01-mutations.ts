// Random changes of a message, the same in each run: R1 has them for requests and for responses.

/** A small generator of random numbers (xorshift), seeded. */
export function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const jsonParts = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "\\u",
  "\\ud800",
  "null",
  "true",
  "1e999",
  "-",
  "0",
  "1.5",
  "NaN",
  '"x":',
  "\u0000",
  "\ufeff",
  "9".repeat(30),
  "[".repeat(300),
  '{"a":'.repeat(200),
];

export function* mutated(good: Uint8Array, codec: "proto" | "json", count: number): Generator<[string, Buffer]> {
  const next = random(codec === "json" ? 77 : 99);
  for (let index = 0; index < count; index++) {
    let bytes = Buffer.from(good);
    for (let change = next(3); change >= 0; change--) {
      const at = next(bytes.length + 1);
      const insert =
        codec === "json"
          ? Buffer.from(jsonParts[next(jsonParts.length)] as string)
          : Buffer.from([next(256), next(256)].slice(next(2)));
      const drop = next(3) === 0 ? next(4) : 0;
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        next(4) === 0 ? Buffer.from([next(256)]) : insert,
        bytes.subarray(at + drop),
      ]);
    }
    yield [`message ${index}, ${bytes.subarray(0, 40).toString("latin1")}`, bytes];
  }
}
