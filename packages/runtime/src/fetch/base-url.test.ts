import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { afterEach, describe, expect, it } from "@jest/globals";
import { bindClient } from "../client/bind-client.js";
import { createTransport } from "../client/protocol-transport.js";
import { esCodec } from "../message/es-codec.js";
import { resolveBaseUrl } from "./base-url.js";
import { createFetchHttpClient } from "./http-client.js";
import { createFetchRpc } from "./rpc.js";
import { createFetchTransport, type FetchTransportOptions } from "./transport.js";

type Call = (request: object) => Promise<unknown>;

function stand(page: { readonly href: string; readonly origin?: string } | undefined): void {
  Object.assign(globalThis, { location: page === undefined ? undefined : { href: page.href }, origin: page?.origin });
}

afterEach(() => stand(undefined));

const codec = esCodec(DurationSchema);
const spec = {
  procedure: "/a.S/M",
  kind: "unary",
  idempotency: "unknown",
  input: codec,
  output: codec,
  options: {},
  serviceOptions: {},
} as const;

describe("a baseUrl that is a path", () => {
  it.each([
    ["a page", { href: "https://page.example/deep/down?x=1#y" }],
    ["a worker of a blob", { href: "blob:https://page.example/7c9e", origin: "https://page.example" }],
    ["a frame without an address", { href: "about:srcdoc", origin: "https://page.example" }],
  ])("means the server of %s", (_, page) => {
    stand(page);
    expect(resolveBaseUrl("/").href).toBe("https://page.example/");
    expect(resolveBaseUrl("/prefix").href).toBe("https://page.example/prefix");
    expect(resolveBaseUrl("http://other.example/x").href).toBe("http://other.example/x");
  });

  it.each([
    ["/", "https://page.example/a.S/M"],
    ["/prefix", "https://page.example/prefix/a.S/M"],
    ["/prefix/", "https://page.example/prefix/a.S/M"],
  ])("%s is where createFetchRpc calls", async (baseUrl, called) => {
    stand({ href: "https://page.example/deep/down" });
    const urls: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      urls.push(url);
      return new Response(null, { headers: { "content-type": "application/proto" } });
    };
    await createFetchRpc(spec as never, { baseUrl, fetch })({});
    expect(urls).toEqual([called]);
  });

  const calls: readonly (readonly [string, (options: FetchTransportOptions) => Promise<unknown>])[] = [
    ["the transport", (options) => (bindClient(createFetchTransport(options)).unary(spec as never) as Call)({})],
    [
      "a transport of the HTTP client",
      (options) =>
        (
          bindClient(createTransport({ baseUrl: "http://a", http: createFetchHttpClient(options) })).unary(
            spec as never,
          ) as Call
        )({}),
    ],
    ["createFetchRpc", (options) => createFetchRpc(spec as never, options)({})],
  ];

  it.each(calls)("lets %s be made where there is no page, and fails calls with why", async (_, call) => {
    await expect(call({ baseUrl: "/api" })).rejects.toMatchObject({
      code: "unimplemented",
      rawMessage:
        "baseUrl is a path, and there is no page here whose server it could mean: on a server give a URL or the option fetch, or call in process",
    });
  });

  it.each(calls)("is what %s gives to a fetch of the user's where there is no page", async (name, call) => {
    const urls: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      urls.push(url);
      return new Response(null, { headers: { "content-type": "application/proto" } });
    };
    await call({ baseUrl: "/api/", fetch });
    expect(urls).toEqual([name.startsWith("a transport") ? "/a.S/M" : "/api/a.S/M"]);
  });

  it.each(["", "api", "ftp://a.example", "localhost:8080"])("and %j is none", (baseUrl) => {
    expect(() => resolveBaseUrl(baseUrl)).toThrow(
      new TypeError(
        `baseUrl must be a URL such as "https://api.example.com", or a path such as "/api", not ${JSON.stringify(baseUrl)}`,
      ),
    );
  });
});

describe("a fetch that failed, as browsers tell it", () => {
  const failed = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));

  async function texts(baseUrl: string, fetch = failed): Promise<string[]> {
    const { unary } = bindClient(createFetchTransport({ baseUrl, fetch }));
    const calls = [unary(spec as never) as () => Promise<unknown>, createFetchRpc(spec as never, { baseUrl, fetch })];
    return Promise.all(calls.map((call) => call({} as never).then(String, ({ rawMessage }) => rawMessage)));
  }

  it("of another origin: both causes are said", async () => {
    stand({ href: "https://page.example/deep" });
    for (const text of await texts("https://api.example/v1")) {
      expect(text).toMatch(
        /: Failed to fetch \(the page is of https:\/\/page\.example: https:\/\/api\.example is down, .* CORS; .*console/,
      );
    }
  });

  it("has a stack whose frames name the RPC, which is what a console shows", async () => {
    stand({ href: "https://page.example/" });
    const options = { baseUrl: "https://api.example", fetch: failed };
    const { unary } = bindClient(createFetchTransport(options));
    for (const call of [unary(spec as never), createFetchRpc(spec as never, options)] as ((
      request: object,
    ) => Promise<unknown>)[]) {
      const { stack } = (await call({}).catch((error: unknown) => error)) as Error;
      expect(stack).toMatch(/^ConnectError: \[unavailable\][\s\S]*\n {4}at a call of \/a\.S\/M(\n|$)/);
    }
  });

  it.each([
    ["of the page's own origin", { href: "https://page.example/deep" }, "/v1"],
    ["where there is no page", undefined, "https://api.example"],
  ])("%s: nothing is said of CORS", async (_, page, baseUrl) => {
    stand(page);
    const own = ["no response came: Failed to fetch", "the HTTP request failed: Failed to fetch"];
    expect(await texts(baseUrl)).toEqual(own);
  });

  it("for a reason that no browser gives: nothing is said of CORS", async () => {
    stand({ href: "https://page.example/" });
    const refused = Object.assign(new TypeError("fetch failed"), {
      cause: { code: "ECONNREFUSED", message: "refused" },
    });
    const [text] = await texts("https://api.example", () => Promise.reject(refused));
    expect(text).toBe("no response came: fetch failed: refused");
    for (const other of await texts("https://api.example", () => Promise.reject(new Error("offline")))) {
      expect(other).not.toContain("CORS");
    }
  });
});

describe("React Native, whose URL has no parts and whose Response has no streams", () => {
  const platform = { URL: globalThis.URL };
  afterEach(() => void Object.assign(globalThis, platform));

  /** As React Native has it: text in, text out. */
  class StubUrl {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
    toString(): string {
      return this.text;
    }
  }
  for (const name of [
    "protocol",
    "host",
    "hostname",
    "port",
    "origin",
    "pathname",
    "search",
    "hash",
    "username",
    "password",
  ]) {
    Object.defineProperty(StubUrl.prototype, name, {
      get() {
        throw new Error(`URL.${name} is not implemented`);
      },
    });
  }

  function withoutStreams(url: string, init: RequestInit): Promise<Response> {
    urls.push(url);
    const body = new Uint8Array(init.body as Uint8Array);
    const type = new Headers(init.headers).get("content-type") ?? "";
    const response = new Response(body, { headers: { "content-type": type } });
    return Promise.resolve({
      status: 200,
      headers: response.headers,
      body: undefined,
      arrayBuffer: () => response.arrayBuffer(),
    } as unknown as Response);
  }
  const urls: string[] = [];

  it.each([
    ["http://10.0.2.2:8080", "http://10.0.2.2:8080/a.S/M"],
    ["https://api.example/prefix/", "https://api.example/prefix/a.S/M"],
  ])("calls %s by the transport and by the RPC as a function", async (baseUrl, called) => {
    urls.length = 0;
    globalThis.URL = StubUrl as never;
    await createFetchRpc(spec as never, { baseUrl, fetch: withoutStreams })({});
    const { unary } = bindClient(createFetchTransport({ baseUrl, fetch: withoutStreams }));
    await (unary(spec as never) as (request: object) => Promise<unknown>)({});
    expect(urls).toEqual([called, called]);
  });

  it.each(["nonsense", "ftp://a.example/", "https://user:pass@a.example/", "https://a.example/?q=1"])(
    "refuses %s",
    (baseUrl) => {
      globalThis.URL = StubUrl as never;
      expect(() => createFetchTransport({ baseUrl, fetch: withoutStreams })).toThrow(/^baseUrl must/);
    },
  );
});

describe("a baseUrl that is missing", () => {
  it.each([
    ["outside of pages", undefined],
    ["in a page", { href: "https://page.example/" }],
  ])("is named, %s", (_, page) => {
    stand(page);
    const text = 'baseUrl must be a URL such as "https://api.example.com", or a path such as "/api", not undefined';
    for (const make of [
      createFetchTransport,
      createFetchHttpClient,
      (options: never) => createFetchRpc(spec as never, options),
    ])
      expect(() => make({} as never)).toThrow(new TypeError(text));
  });
});
