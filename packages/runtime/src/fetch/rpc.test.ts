import { create, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import type { Spec } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import { esCodec } from "../message/es-codec.js";
import { json } from "../message/json-codec.js";
import { jsonReflection } from "../message/json-reflection.js";
import { createFetchRpc, type FetchRpcOptions } from "./rpc.js";

const codec = esCodec(StringValueSchema);
type Value = ReturnType<typeof codec.create>;
const spec: Spec<Value, Value, "unary", object> = {
  procedure: "/a.S/M",
  kind: "unary",
  idempotency: "unknown",
  input: codec,
  output: codec,
  options: {},
  serviceOptions: {},
};

type Fetch = NonNullable<FetchRpcOptions["fetch"]>;
const reply = (value: string): Uint8Array<ArrayBuffer> =>
  toBinary(StringValueSchema, create(StringValueSchema, { value })) as Uint8Array<ArrayBuffer>;
const ok = (
  body: ConstructorParameters<typeof Response>[0],
  headers: Record<string, string> = {},
  status = 200,
): Response => new Response(body, { status, headers: { "content-type": "application/proto", ...headers } });
const rpc = (fetch: Fetch, options: Partial<FetchRpcOptions> = {}) =>
  createFetchRpc(spec, { baseUrl: "https://h.example/api/", fetch, ...options });

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectError)) throw new Error(`expected a ConnectError, got ${String(error)}`);
  return error;
}

describe("an RPC as a function", () => {
  it("posts the message and gives the answer's", async () => {
    const seen: [string, RequestInit][] = [];
    const say = rpc(
      async (url, init) => {
        seen.push([url, init]);
        return ok(reply("world"));
      },
      { headers: { "x-all": "1", "x-both": "all" } },
    );
    const message = await say({ value: "hello" }, { headers: { "X-Both": "own" }, timeoutMs: 5000 });
    expect(message.value).toBe("world");
    const [[url, init] = ["", {}]] = seen;
    expect(url).toBe("https://h.example/api/a.S/M");
    expect(init).toMatchObject({ method: "POST", body: reply("hello"), redirect: "manual" });
    const headers = new Headers(init.headers);
    expect(Number(headers.get("connect-timeout-ms"))).toBeGreaterThan(0);
    headers.delete("connect-timeout-ms");
    expect([...headers]).toEqual([
      ["connect-protocol-version", "1"],
      ["content-type", "application/proto"],
      ["x-all", "1"],
      ["x-both", "own"],
    ]);
  });

  it("speaks JSON when it is given json()", async () => {
    const say = rpc(
      async (_url, init) => {
        expect(new Headers(init.headers).get("content-type")).toBe("application/json");
        return ok('"world"', { "content-type": "application/json; charset=utf-8" });
      },
      { codec: json({ reflection: jsonReflection }) },
    );
    expect((await say({ value: "x" })).value).toBe("world");
  });

  it("throws the server's error with its details, headers and trailers", async () => {
    const body =
      '{"code":"not_found","message":"gone","details":[{"type":"google.protobuf.StringValue","value":"CgF4"}]}';
    const say = rpc(async () => ok(body, { "content-type": "application/json", "x-a": "1", "trailer-x-b": "2" }, 404));
    const error = await failure(say({}));
    expect([error.code, error.rawMessage, error.isRemote]).toEqual(["not_found", "gone", true]);
    expect([error.metadata.get("x-a"), error.metadata.get("x-b")]).toEqual(["1", "2"]);
    expect(error.findDetails(StringValueSchema)).toEqual([create(StringValueSchema, { value: "x" })]);
  });

  it.each([
    ["a proxy's page", () => ok("<html>", { "content-type": "text/html" }, 502), "unavailable", "HTTP status 502"],
    ["an error without a code", () => ok("[]", { "content-type": "application/json" }, 429), "unavailable", "429"],
    ["a redirect", () => ok(null, { location: "/b" }, 307), "unknown", "HTTP status 307"],
    ["a page with status 200", () => ok("<html>", { "content-type": "text/html" }), "unknown", "application/proto"],
    ["another codec", () => ok("{}", { "content-type": "application/json" }), "internal", "application/proto"],
    ["bytes that are no message", () => ok(new Uint8Array([0xff])), "internal", "cannot decode"],
    ["more than the limit", () => ok(reply("x".repeat(100))), "resource_exhausted", "20 bytes"],
  ])("fails on %s", async (_name, response, code, text) => {
    const error = await failure(rpc(async () => response(), { readMaxBytes: 20 })({}));
    expect(error.code).toBe(code);
    expect(error.rawMessage).toContain(text);
  });

  it("aborts a request whose response it does not want to its end", async () => {
    let signal: AbortSignal | null | undefined;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    });
    const fetch: Fetch = async (_url, init) => {
      signal = init.signal;
      return ok(endless);
    };
    expect((await failure(rpc(fetch, { readMaxBytes: 5000 })({}))).code).toBe("resource_exhausted");
    expect(signal?.aborted).toBe(true);
  });

  it("is unavailable when the network fails, before the response and in it", async () => {
    const lost = await failure(rpc(() => Promise.reject(new TypeError("Failed to fetch")))({}));
    expect([lost.code, lost.isRemote]).toEqual(["unavailable", false]);
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error("reset")) });
    expect((await failure(rpc(async () => ok(broken))({}))).code).toBe("unavailable");
  });

  it("is canceled by its signal, also when fetch ignores it", async () => {
    const never: Fetch = () => new Promise<Response>(() => undefined);
    const aborter = new AbortController();
    const call = rpc(never)({}, { signal: aborter.signal });
    aborter.abort();
    expect((await failure(call)).code).toBe("canceled");
    expect((await failure(rpc(never)({}, { signal: AbortSignal.abort() }))).code).toBe("canceled");
  });

  it("ends at its deadline and aborts the request", async () => {
    let signal: AbortSignal | null | undefined;
    const never: Fetch = (_url, init) => {
      signal = init.signal;
      return new Promise<Response>(() => undefined);
    };
    expect((await failure(rpc(never, { timeoutMs: 5 })({}))).code).toBe("deadline_exceeded");
    expect(signal?.aborted).toBe(true);
  });

  it("refuses what is no message, without a request", async () => {
    const say = rpc(() => Promise.reject(new Error("called")));
    expect((await failure(say({ $typeName: "a.B" } as never))).rawMessage).toContain("google.protobuf.StringValue");
  });

  it("reads an empty body, and one of a platform without streams", async () => {
    expect((await rpc(async () => ok(null))({})).value).toBe("");
    const whole = {
      status: 200,
      headers: new Headers({ "content-type": "application/proto" }),
      arrayBuffer: async () => reply("native").buffer,
    };
    expect((await rpc(async () => whole as unknown as Response)({})).value).toBe("native");
  });
});
