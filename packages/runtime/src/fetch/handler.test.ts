import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { bytes, post, serve, tick } from "../testing/fetch-handler-fixtures.js";

describe("fetchHandler: requests", () => {
  it("shows a request as it came", async () => {
    const { router, handler } = serve({ address: (_request, info) => (info as { ip: string }).ip });
    router.onHandle = (stream) => stream.respond(200, new HeaderMap());
    const request = post("x");
    await handler(request, { ip: "203.0.113.7" });
    expect(router.request).toMatchObject({
      method: "POST",
      path: "/a.S/M?x=1",
      url: "http://h.example/a.S/M?x=1",
      httpVersion: undefined,
      address: "203.0.113.7",
      tls: undefined,
      fullDuplex: true,
      trailers: false,
    });
    expect(router.request.native).toBe(request);
    expect(router.request.headers.get("X-A")).toBe("1");
  });

  it("knows no address unless it is told how to get one", async () => {
    const { router, handler } = serve({ fullDuplex: false });
    router.onHandle = (stream) => stream.respond(200, new HeaderMap());
    await handler(post("x"));
    expect(router.request.address).toBe("");
    expect(router.request.fullDuplex).toBe(false);
  });

  it.each([
    ["http://h.example", "/"],
    ["http://h.example/a/b?c=d#e", "/a/b?c=d"],
    ["http://h.example/?u=http://x/y", "/?u=http://x/y"],
    ["https://u:p@[::1]:8080/a%2Fb", "/a%2Fb"],
  ])("takes the path out of %s", async (url, path) => {
    const { router, handler } = serve();
    const request = { method: "GET", url, headers: new Headers(), body: null, signal: new AbortController().signal };
    await handler(request as unknown as Request);
    expect(router.request.path).toBe(path);
  });

  it("reads no byte of the body before resume(), then pushes it", async () => {
    const { router, handler } = serve();
    let pulls = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulls++;
          if (pulls <= 2) controller.enqueue(bytes(`part${pulls}`));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const response = handler(post(body));
    await tick();
    expect([pulls, router.lines]).toEqual([0, []]);
    router.call(() => router.stream.resume());
    await tick();
    expect(router.lines).toEqual(["data part1", "data part2", "end"]);
    router.call(() => router.stream.respond(200, new HeaderMap({ a: "b" }), bytes("done")));
    const { status, headers } = await response;
    expect([status, headers.get("a"), await (await response).text()]).toEqual([200, "b", "done"]);
    await tick();
    expect(router.lines.at(-1)).toBe("closed");
    expect(router.reentered).toBe(false);
  });

  it("stops reading while it is paused", async () => {
    const { router, handler } = serve();
    let pulls = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          controller.enqueue(bytes(String(++pulls)));
          if (pulls === 1000) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const response = handler(post(body));
    const { data } = router;
    router.data = (chunk) => {
      data.call(router, chunk);
      router.stream.pause();
    };
    router.stream.resume();
    await tick(5);
    expect(router.lines).toEqual(["data 1"]);
    expect(pulls).toBeLessThanOrEqual(2);
    router.call(() => router.stream.resume());
    await tick(5);
    expect(router.lines).toEqual(["data 1", "data 2"]);
    router.data = data;
    router.stream.resume();
    while (router.lines.at(-1) !== "end") await tick(5);
    expect(router.lines.length).toBe(1001);
    expect(router.reentered).toBe(false);
    router.stream.respond(200, new HeaderMap());
    await response;
  });

  it.each([
    ["POST", ""],
    ["GET", null],
  ])("ends the body of a %s without one", async (method, body) => {
    const { router, handler } = serve();
    const response = handler(post(body, { method }));
    router.call(() => router.stream.resume());
    expect(router.lines).toEqual([]);
    await tick();
    expect(router.lines).toEqual(["end"]);
    router.stream.respond(200, new HeaderMap());
    await response;
  });

  it.each([
    ["was read", async (request: Request) => void (await request.text())],
    ["is being read", async (request: Request) => void request.body?.getReader()],
  ])("says what to do when the body %s by somebody else", async (_name, read) => {
    const { router, handler } = serve();
    const request = post("x");
    await read(request);
    const response = handler(request);
    router.onError = () => router.stream.respond(500, new HeaderMap(), bytes(router.failures[0]?.message ?? ""));
    router.call(() => router.stream.resume());
    expect(await (await response).text()).toContain("mount the RPC handler before whatever parses bodies");
    await tick();
    expect(router.lines).toEqual(["error unsupported undefined", "closed"]);
    expect(router.reentered).toBe(false);
  });

  it("tells of a body that breaks off, and still takes an answer", async () => {
    const { router, handler } = serve();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes("a"));
      },
      pull(controller) {
        controller.error(new Error("cut"));
      },
    });
    const response = handler(post(body));
    router.stream.resume();
    router.onError = () => router.stream.respond(499, new HeaderMap());
    expect((await response).status).toBe(499);
    expect(router.failures[0]).toMatchObject({ reason: "lost", cause: { message: "cut" } });
    await tick();
    expect(router.lines.filter((line) => line === "closed").length).toBe(1);
  });

  it("tells of a body that is no bytes", async () => {
    const { router, handler } = serve();
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue("text");
      },
    });
    const request = { ...fakeRequest(), body: stream };
    const response = handler(request as unknown as Request);
    router.stream.resume();
    await tick();
    expect(router.lines).toEqual(["error lost undefined"]);
    router.stream.respond(400, new HeaderMap());
    await response;
  });
});

function fakeRequest(): object {
  return {
    method: "POST",
    url: "http://h.example/a.S/M",
    headers: new Headers(),
    bodyUsed: false,
    signal: new AbortController().signal,
  };
}

describe("fetchHandler: other paths", () => {
  const elsewhere = (): Request => new Request("http://h.example/other", { method: "POST", body: "untouched" });

  it("gives them to the fallback, bodies untouched, with what the host passed", async () => {
    const { handler } = serve({
      fallback: async (request, ...platform) => new Response(`${await request.text()} ${platform.join()}`),
    });
    expect(await (await handler(elsewhere(), "env", "context")).text()).toBe("untouched env,context");
  });

  it("answers them itself without a fallback", async () => {
    const { router, handler } = serve();
    const response = await handler(elsewhere());
    expect([response.status, await response.text()]).toEqual([404, "nobody"]);
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });

  it("rejects when the fallback throws", async () => {
    const { handler } = serve({
      fallback: () => {
        throw new Error("broken app");
      },
    });
    await expect(handler(elsewhere())).rejects.toThrow("broken app");
  });
});

describe("fetchHandler: a host that passes no Request", () => {
  it.each<[string, unknown, string]>([
    [
      "a request of node:http",
      new IncomingMessage(new Socket()),
      "a server of node:http takes nodeHandler of @connect-ts/runtime/node",
    ],
    [
      "an event with a Request, as SvelteKit and Astro do",
      { request: post("x"), params: {} },
      "what it was given has one, so call it with that: ({ request }) => handler(request)",
    ],
    ["nothing", undefined, "it was given undefined"],
    ["an object", {}, "it was given object"],
  ])("is told what to do when it passes %s", async (_, given, hint) => {
    const { handler } = serve();
    await expect(handler(given as Request)).rejects.toThrow(
      new TypeError(`a handler of fetchHandler takes a Request: ${hint}`),
    );
  });
});
