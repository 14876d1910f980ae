import { ConnectError, grpcHandlerProtocol, type HandlerContext, type Interceptor } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { explorer } from "./index.js";
import { envelope, FrameReader, fromBase64 } from "./page/frames.js";
import { itemBytes, shown, TestPage } from "./testing/page.js";
import { shop } from "./testing/shop.js";

let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe.each([
  ["all protocols", {}],
  ["gRPC alone", { protocols: [grpcHandlerProtocol()] }],
])("a service that speaks %s is called", (_, options) => {
  const open = (saw?: { context?: HandlerContext }): Promise<TestPage> =>
    new TestPage(fetchHandler([shop(saw, options), explorer()])).open();

  it.each([
    ["one message", "Buy", ["tea"], ["tea", { metadata: { "shop-receipt": ["printed"] } }]],
    ["a stream of responses", "List", ["tea"], ["tea", "more", {}]],
    ["a stream of requests", "Fill", ["tea", "jam"], ["tea,jam", {}]],
    ["streams both ways", "Haggle", ["tea", "jam"], ["tea", "jam", {}]],
    ["no request", "Haggle", [], [{}]],
  ])("with %s", async (_, method, names, expected) => {
    expect(await (await open()).call(method, names)).toEqual(expected);
  });

  it("and its errors come with their details", async () => {
    const [end] = await (await open()).call("Buy", [""]);
    expect(end).toMatchObject({
      error: { code: "invalid_argument", message: "buy what?", details: [{ type: "acme.v1.Item" }] },
      metadata: { "shop-receipt": ["printed"] },
    });
    const [{ value }] = (end as { error: { details: [{ value: string }] } }).error.details;
    expect(shown(fromBase64(value))).toBe("name");
  });

  it("and sees the headers of the call, and none of the explorer's own", async () => {
    const saw: { context?: HandlerContext } = {};
    await (await open(saw)).call("Buy", ["tea"], { "x-tenant": "acme", "connect-timeout-ms": "5000" });
    const { requestHeaders, timeoutMs } = saw.context as HandlerContext;
    expect(requestHeaders.get("x-tenant")).toBe("acme");
    expect(
      [...requestHeaders.keys()].filter((name) => name.startsWith("explorer-") || name.startsWith("connect-")),
    ).toEqual([]);
    expect(timeoutMs.call(saw.context)).toBeLessThanOrEqual(5000);
  });
});

it("runs calls with the interceptors of the server", async () => {
  const auth: Interceptor = async (call, next) => {
    if (call.requestHeaders.get("authorization") === null) throw new ConnectError("unauthenticated", "who are you?");
    await next();
  };
  const page = await new TestPage(fetchHandler([shop(), explorer()], { interceptors: [auth] })).open();
  expect(await page.call("List", ["tea"])).toEqual([{ error: { code: "unauthenticated", message: "who are you?" } }]);
  expect(await page.call("List", ["tea"], { authorization: "Bearer 1" })).toEqual(["tea", "more", {}]);
});

it("ends a call at its timeout", async () => {
  const page = await new TestPage(fetchHandler([shop(), explorer()])).open();
  const frames = await page.call("List", ["endless"], { "connect-timeout-ms": "20" });
  expect(frames).toMatchObject(["endless", { error: { code: "deadline_exceeded" } }]);
});

describe("a call that is open", () => {
  async function start(saw = {}): Promise<TestPage> {
    server = await serve({ handlers: [shop(saw), explorer()], host: "127.0.0.1" });
    return new TestPage((request) => fetch(request), `${server.url}/explorer/`).open();
  }

  it("answers each message as it is sent, over HTTP/1.1", async () => {
    const page = await start();
    const response = await page.post("call/acme.v1.Shop/Haggle", envelope(itemBytes("tea")), { "explorer-call": "a" });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const frames = new FrameReader();
    const next = async (): Promise<unknown[]> => {
      const { value } = await reader.read();
      return [...frames.read(value ?? new Uint8Array())].map(shown);
    };
    expect(await next()).toEqual(["tea"]);
    expect((await page.post("send/a", itemBytes("jam"))).status).toBe(204);
    expect(await next()).toEqual(["jam"]);
    expect((await page.post("call/acme.v1.Shop/Haggle", undefined, { "explorer-call": "a" })).status).toBe(409);
    expect((await page.post("send/a", undefined, { "explorer-end": "1" })).status).toBe(204);
    expect(await next()).toEqual([{}]);
    expect(await (await page.post("send/a", itemBytes("late"))).text()).toBe(
      "the call is over, or runs in another process\n",
    );
  });

  it("ends when the page leaves it", async () => {
    const saw: { aborted?: boolean } = {};
    const page = await start(saw);
    const response = await page.post("call/acme.v1.Shop/List", envelope(itemBytes("endless")));
    await response.body?.cancel();
    for (let tries = 0; saw.aborted !== true && tries < 100; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(saw.aborted).toBe(true);
  });

  it("takes no more than 4 MiB that the service does not read", async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    server = await serve({ handlers: [shop({ gate }, { readMaxBytes: 8_000_000 }), explorer()], host: "127.0.0.1" });
    const page = await new TestPage((request) => fetch(request), `${server.url}/explorer/`).open();
    const opened = page.post("call/acme.v1.Shop/Fill", envelope(itemBytes("tea")), { "explorer-call": "b" });
    const large = itemBytes("x".repeat(3_000_000));
    const send = async (): Promise<number> => (await page.post("send/b", large)).status;
    // It may overtake the request that opens the call.
    let status = 404;
    while (status === 404) status = await send();
    expect([status, await send()]).toEqual([204, 429]);
    open();
    await page.post("send/b", undefined, { "explorer-end": "1" });
    expect((await (await opened).arrayBuffer()).byteLength).toBeGreaterThan(3_000_000);
  });
});
