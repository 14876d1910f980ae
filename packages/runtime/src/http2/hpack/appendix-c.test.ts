import { describe, expect, it } from "@jest/globals";
import { ByteSink } from "../frame/byte-sink.js";
import { HpackDecoder } from "./decoder.js";
import { HpackEncoder } from "./encoder.js";

/** RFC 7541 appendix C: blocks that follow each other on one connection, their fields and the table afterwards. */
interface Step {
  readonly block: string;
  readonly fields: readonly string[];
  /** The entries from the newest to the oldest, and their weight. */
  readonly table: readonly string[];
  readonly bytes: number;
}

const custom = ["custom-key", "custom-header"];
const first = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"];
const second = [...first, "cache-control", "no-cache"];
const third = [
  ...[":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"],
  ...["custom-key", "custom-value"],
];
const authority = [":authority", "www.example.com"];
const noCache = ["cache-control", "no-cache"];
const requestTables = [
  { fields: first, table: authority, bytes: 57 },
  { fields: second, table: [...noCache, ...authority], bytes: 110 },
  { fields: third, table: ["custom-key", "custom-value", ...noCache, ...authority], bytes: 164 },
];

const at21 = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"];
const at22 = ["date", "Mon, 21 Oct 2013 20:13:22 GMT"];
const location = ["location", "https://www.example.com"];
const isPrivate = ["cache-control", "private"];
const cookie = ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"];
const gzip = ["content-encoding", "gzip"];
const responseTables = [
  {
    fields: [":status", "302", ...isPrivate, ...at21, ...location],
    table: [...location, ...at21, ...isPrivate, ":status", "302"],
    bytes: 222,
  },
  {
    fields: [":status", "307", ...isPrivate, ...at21, ...location],
    table: [":status", "307", ...location, ...at21, ...isPrivate],
    bytes: 222,
  },
  {
    fields: [":status", "200", ...isPrivate, ...at22, ...location, ...gzip, ...cookie],
    table: [...cookie, ...gzip, ...at22],
    bytes: 215,
  },
];

/** The examples of responses have a table of 256 bytes: the first block says so. */
const tableOf256 = "3fe101";

const c3 = steps(requestTables, [
  "828684410f7777772e6578616d706c652e636f6d",
  "828684be58086e6f2d6361636865",
  "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
]);
const c4 = steps(requestTables, [
  "828684418cf1e3c2e5f23a6ba0ab90f4ff",
  "828684be5886a8eb10649cbf",
  "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
]);
const c5 = steps(responseTables, [
  `${tableOf256}4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17` +
    "68747470733a2f2f7777772e6578616d706c652e636f6d",
  "4803333037c1c0bf",
  "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a" +
    "584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
]);
const c6 = steps(responseTables, [
  `${tableOf256}488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9` +
    "ae82ae43d3",
  "4883640effc1c0bf",
  "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f36" +
    "72c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
]);

const chains: [string, Step[]][] = [
  [
    "C.2.1, a literal with indexing",
    [{ block: "400a637573746f6d2d6b65790d637573746f6d2d686561646572", fields: custom, table: custom, bytes: 55 }],
  ],
  [
    "C.2.2, a literal without indexing",
    [{ block: "040c2f73616d706c652f70617468", fields: [":path", "/sample/path"], table: [], bytes: 0 }],
  ],
  [
    "C.2.3, a literal that is never indexed",
    [{ block: "100870617373776f726406736563726574", fields: ["password", "secret"], table: [], bytes: 0 }],
  ],
  ["C.2.4, an indexed field", [{ block: "82", fields: [":method", "GET"], table: [], bytes: 0 }]],
  ["C.3, requests without Huffman code", c3],
  ["C.4, requests with Huffman code", c4],
  ["C.5, responses without Huffman code", c5],
  ["C.6, responses with Huffman code", c6],
];

describe("RFC 7541 appendix C", () => {
  it.each(chains)("is decoded: %s", (_, chain) => {
    const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 65536, maxPairs: 100 });
    for (const { block, fields, table, bytes } of chain) {
      const encoded = Buffer.from(block, "hex");
      const decoded = decoder.decode(encoded, 0, encoded.length);
      expect(decoded.fields).toEqual(fields);
      expect(decoded.tooLarge).toBeUndefined();
      expect(tableOf(decoder.table)).toEqual(table);
      expect(decoder.table.bytes).toBe(bytes);
    }
  });

  it.each([
    ["C.4, requests", 4096, c4],
    // The encoder leaves what becomes no shorter as it is: the status of the second response.
    ["C.6, responses", 256, [c6[0], c5[1], c6[2]] as Step[]],
  ])("is what the encoder makes: %s", (_, maxTableBytes, chain) => {
    const encoder = new HpackEncoder({ maxTableBytes, neverIndexed: new Set() });
    for (const { block, fields, table, bytes } of chain) {
      const out = new ByteSink();
      encoder.encode(fields, out);
      expect(Buffer.from(out.buffer.subarray(0, out.length)).toString("hex")).toBe(block);
      expect(tableOf(encoder.table.ring)).toEqual(table);
      expect(encoder.table.ring.bytes).toBe(bytes);
    }
  });

  it("has these integers: C.1", () => {
    const decoder = new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 65536, maxPairs: 100 });
    for (const [block, size] of [
      ["2a", 10],
      ["3f9a0a", 1337],
    ] as const) {
      decoder.decode(Buffer.from(block, "hex"), 0, block.length / 2);
      expect(decoder.table.maxBytes).toBe(size);
    }
  });
});

function steps(tables: Omit<Step, "block">[], blocks: string[]): Step[] {
  return tables.map((step, i) => ({ ...step, block: blocks[i] as string }));
}

function tableOf(table: HpackDecoder["table"]): string[] {
  const entries: string[] = [];
  for (let number = table.inserted; number > table.inserted - table.length; number--) {
    entries.push(table.names[number & table.mask] as string, table.values[number & table.mask] as string);
  }
  return entries;
}
