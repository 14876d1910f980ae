import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { serviceOf } from "../testing/shop.js";
import { languages, quoted } from "./snippets.js";
import type { CallToShow } from "./typescript.js";

const sh = (script: string): Buffer => execFileSync("sh", ["-c", script]);

/** A call that is as hard to quote as JSON and headers can be. */
const text = 'it\'s "$HOME" `id` \\ %s !x\n\t*';
function written(language: string, method: number, more: Partial<CallToShow> = {}): string {
  const [, write] = languages.find(([name]) => name === language) ?? [];
  const call = {
    method: serviceOf("Shop").methods[method] as CallToShow["method"],
    baseUrl: "http://localhost:8080/api",
    descriptorsUrl: "http://localhost:8080/api/explorer/descriptors.binpb",
    messages: [{ name: "tea" }],
    headers: [],
    timeoutMs: undefined,
    ...more,
  };
  return write?.(call) ?? "";
}
/** What the shell would run: each word of the commands of a script, the programs themselves replaced. */
const words = (script: string): string[] =>
  sh(
    `curl() { printf '%s\\0' curl "$@"; }; buf() { printf '%s\\0' buf "$@"; }; grpcurl() { printf '%s\\0' grpcurl "$@"; }; ${script}`,
  )
    .toString()
    .split("\0")
    .slice(0, -1);

describe("a text in a shell's command", () => {
  it.each([text, "", "a b", "-x", "$(id)", "'", "''\\''", "~", "a=b", "é…", "#", "{a,b}"])("%j is one word", (one) => {
    expect(sh(`printf %s ${quoted(one)}`).toString()).toBe(one);
  });
});

describe("a call by curl", () => {
  it("is JSON for one message", () => {
    const script = written("curl", 0, { messages: [{ name: text }], headers: [["x-a", text]], timeoutMs: 250 });
    expect(words(script)).toEqual([
      "curl",
      "http://localhost:8080/api/acme.v1.Shop/Buy",
      "-H",
      "content-type: application/json",
      "-H",
      `x-a: ${text}`,
      "-H",
      "connect-timeout-ms: 250",
      "-d",
      JSON.stringify({ name: text }),
    ]);
  });

  it("is JSON in envelopes for a stream, each as long as its bytes", () => {
    const messages = [{ name: "tea" }, { name: `é${text}`, parts: [{ name: "x".repeat(300) }] }];
    const [send = ""] = written("curl", 2, { messages }).split("|\n");
    const bytes = messages.map((message) => Buffer.from(JSON.stringify(message)));
    const envelopes = bytes.flatMap((body) => [Buffer.from([0, 0, 0, body.length >> 8, body.length & 255]), body]);
    expect(sh(send)).toEqual(Buffer.concat(envelopes));
    expect(sh(written("curl", 2, { messages: [] }).split("|\n")[0] ?? "")).toEqual(Buffer.alloc(0));
  });

  it("needs HTTP/2 both ways", () => {
    expect(written("curl", 3)).toContain(" --http2-prior-knowledge http://");
    expect(written("curl", 3, { baseUrl: "https://a.example" })).toContain(" --http2 https://");
    expect(written("curl", 1)).not.toContain("http2");
  });
});

describe("a call by programs that know schemas", () => {
  it("is given the descriptors, and all messages", () => {
    const messages = [{ name: text }, { name: "jam" }];
    const call = { messages, headers: [["x-a", text]] as const, timeoutMs: 250 };
    const got = ["curl", "-so", "explorer.binpb", "http://localhost:8080/api/explorer/descriptors.binpb"];
    const data = messages.map((message) => JSON.stringify(message)).join(" ");
    expect(words(written("buf curl", 3, call))).toEqual([
      ...got,
      ...["buf", "curl", "--schema", "explorer.binpb", "--http2-prior-knowledge", "-H", `x-a: ${text}`],
      ...["--max-time", "0.25", "-d", data, "http://localhost:8080/api/acme.v1.Shop/Haggle"],
    ]);
    expect(words(written("grpcurl", 3, { ...call, baseUrl: "http://localhost:8080" }))).toEqual([
      ...got,
      ...["grpcurl", "-plaintext", "-protoset", "explorer.binpb", "-H", `x-a: ${text}`],
      ...["-max-time", "0.25", "-d", data, "localhost:8080", "acme.v1.Shop/Haggle"],
    ]);
    expect(written("grpcurl", 0, { baseUrl: "https://a.example" })).toContain("\n  a.example:443 acme.v1.Shop/Buy");
    expect(written("grpcurl", 0)).toBe("# grpcurl cannot call below a path: use buf curl");
  });
});

describe("a call in TypeScript", () => {
  it("is a program with the generated client", () => {
    expect(written("TypeScript", 0, { headers: [["x-a", '"']], timeoutMs: 5 }).split("\n")).toEqual([
      'import { fromJson } from "@bufbuild/protobuf";',
      'import { createNodeTransport } from "@connect-ts/runtime/node";',
      'import { createShopClient } from "./gen/acme/v1/shop_connect.js";',
      'import { ItemSchema } from "./gen/acme/v1/shop_pb.js";',
      "",
      'const client = createShopClient(createNodeTransport({ baseUrl: "http://localhost:8080/api" }));',
      "const response = await client.buy(fromJson(ItemSchema, {",
      '  "name": "tea"',
      '}), { headers: [["x-a","\\""]], timeoutMs: 5 });',
      "console.log(response);",
    ]);
  });

  it("reads and writes streams", () => {
    const program = written("TypeScript", 3, { messages: [{ name: "tea" }, {}] });
    expect(program).toContain('baseUrl: "http://localhost:8080/api", http: "2"');
    expect(program).toMatch(
      /for await \(const response of client\.haggle\(\[fromJson\(.*\), fromJson\(ItemSchema, \{\}\)\]\)\) \{/s,
    );
  });
});
