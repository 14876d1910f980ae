import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { bytes, post, serve, tick } from "../testing/fetch-handler-fixtures.js";

describe("fetchHandler: responses", () => {
  it("streams a response, each part when it is written", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    router.call(() => router.stream.head(200, new HeaderMap({ "content-type": "application/connect+proto" })));
    const response = await promise;
    expect(response.headers.get("content-type")).toBe("application/connect+proto");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (const text of ["one", "two"]) {
      expect(router.call(() => router.stream.write(bytes(text)))).toBe(true);
      expect((await reader.read()).value).toEqual(bytes(text));
    }
    router.call(() => router.stream.end(bytes("last"), new HeaderMap({ ignored: "1" })));
    expect((await reader.read()).value).toEqual(bytes("last"));
    expect((await reader.read()).done).toBe(true);
    await tick();
    expect(router.lines).toEqual(["closed"]);
    expect(router.reentered).toBe(false);
  });

  it("is closed only when the host has taken the last byte", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    router.stream.head(200, new HeaderMap());
    router.stream.write(bytes("a"));
    router.stream.end(bytes("b"));
    const response = await promise;
    await tick();
    expect(router.lines).toEqual([]);
    expect(await response.text()).toBe("ab");
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });

  it("says wait above 64 KiB, and drain when the host has read", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    router.stream.head(200, new HeaderMap());
    expect(router.stream.write(new Uint8Array(65_535))).toBe(true);
    expect(router.call(() => router.stream.write(new Uint8Array(1)))).toBe(false);
    const reader = ((await promise).body as ReadableStream<Uint8Array>).getReader();
    await tick();
    expect(router.lines).toEqual([]);
    await reader.read();
    await tick();
    expect(router.lines).toEqual(["drain"]);
    expect(router.stream.write(new Uint8Array(1000))).toBe(true);
    await reader.cancel();
  });

  it("streams 64 MiB through a writer that waits when told to", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    const chunk = new Uint8Array(16 * 1024);
    let left = 4096;
    let most = 0;
    let taken = 0;
    const pump = (): void => {
      while (left > 0) {
        left--;
        const more = router.stream.write(chunk);
        most = Math.max(most, (4096 - left) * chunk.length - taken);
        if (!more) return;
      }
      router.stream.end();
    };
    router.drain = pump;
    router.stream.head(200, new HeaderMap());
    pump();
    for await (const part of (await promise).body as unknown as AsyncIterable<Uint8Array>) taken += part.length;
    expect(taken).toBe(64 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(128 * 1024);
  });

  it("keeps cookies apart", async () => {
    const { router, handler } = serve();
    router.onHandle = (stream) => {
      stream.respond(
        200,
        new HeaderMap([
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ]),
      );
    };
    expect((await handler(post("x"))).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("tells workerd that a body with a content encoding is encoded already", async () => {
    const { Response: RealResponse } = globalThis;
    const inits: unknown[] = [];
    class WorkerdResponse extends RealResponse {
      constructor(body: null, init: ResponseInit) {
        super(body, init);
        inits.push((init as { encodeBody?: string }).encodeBody);
      }
    }
    Object.assign(globalThis, { Response: WorkerdResponse });
    try {
      for (const headers of [{ "content-encoding": "gzip" }, { a: "b" }]) {
        const { router, handler } = serve();
        router.onHandle = (stream) => stream.respond(200, new HeaderMap(headers as { [name: string]: string }));
        await handler(post("x"));
      }
    } finally {
      Object.assign(globalThis, { Response: RealResponse });
    }
    expect(inits).toEqual(["manual", undefined]);
  });

  it.each([204, 304])("answers %d without a body", async (status) => {
    const { router, handler } = serve();
    router.onHandle = (stream) => stream.respond(status, new HeaderMap(), new Uint8Array(0));
    const response = await handler(post("x"));
    expect([response.status, response.body]).toEqual([status, null]);
  });

  it("breaks a stream off on reset", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    router.stream.head(200, new HeaderMap());
    router.stream.write(bytes("a"));
    router.call(() => router.stream.reset(2));
    await expect((await promise).text()).rejects.toThrow("the response was aborted (HTTP/2 error code 2)");
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });

  it.each([
    [7, 503],
    [8, 500],
  ])("answers a reset with code %d before the head with %d", async (code, status) => {
    const { router, handler } = serve();
    router.onHandle = (stream) => stream.reset(code);
    expect((await handler(post("x"))).status).toBe(status);
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });

  it("ignores calls after the end", async () => {
    const { router, handler } = serve();
    router.onHandle = (stream) => {
      stream.respond(200, new HeaderMap(), bytes("first"));
      stream.respond(500, new HeaderMap(), bytes("second"));
      stream.head(500, new HeaderMap());
      stream.write(bytes("third"));
      stream.end();
      stream.reset(1);
      stream.resume();
    };
    const response = await handler(post("x"));
    expect([response.status, await response.text()]).toEqual([200, "first"]);
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });

  it("discards the rest of a request that was answered early", async () => {
    const { router, handler } = serve();
    let pulls = 0;
    let canceled = false;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulls++;
          if (pulls <= 3) controller.enqueue(new Uint8Array(1024));
          else controller.close();
        },
        cancel() {
          canceled = true;
        },
      },
      { highWaterMark: 0 },
    );
    router.onHandle = (stream) => stream.respond(401, new HeaderMap());
    await handler(post(body));
    await tick(5);
    expect([pulls, canceled, router.lines]).toEqual([4, false, ["closed"]]);
  });

  it.each([
    ["of 16 MiB at most", { host: "h.example", "content-length": "16777216" }, null],
    ["that is larger", { host: "h.example", "content-length": "16777217" }, "close"],
    ["of unknown length", { host: "h.example" }, null],
    ["of HTTP/2, which has no host", { "content-length": "16777217" }, null],
  ])(
    "says that the connection ends after an early answer to a request %s, or not",
    async (_what, headers, connection) => {
      const { router, handler } = serve();
      const promise = handler(post(new ReadableStream(), { headers: headers as Record<string, string> }));
      router.stream.respond(429, new HeaderMap({ a: "b" }));
      expect([...(await promise).headers]).toEqual([
        ["a", "b"],
        ...(connection === null ? [] : [["connection", connection]]),
      ]);
    },
  );

  it("waits a moment for the rest of a request of unknown length, and keeps the connection when it came", async () => {
    const { router, handler } = serve();
    let send: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = controller;
      },
    });
    let answered = false;
    const promise = handler(post(body, { headers: { host: "h.example" } })).finally(() => {
      answered = true;
    });
    router.stream.respond(429, new HeaderMap());
    await tick(5);
    expect(answered).toBe(false);
    send?.enqueue(new Uint8Array(10));
    send?.close();
    expect((await promise).headers.get("connection")).toBeNull();
  });

  it.each(["Bun", "Deno"])(
    "leaves the rest of a request to %s, whose closed connections take answers along",
    async (host) => {
      Object.assign(globalThis, { [host]: {} });
      try {
        const { router, handler } = serve();
        const large = { host: "h.example", "content-length": "1000000" };
        let canceled = false;
        const body = new ReadableStream({
          cancel() {
            canceled = true;
          },
        });
        const promise = handler(post(body, { headers: large }));
        router.stream.respond(429, new HeaderMap());
        expect(canceled).toBe(true);
        const { status, headers } = await promise;
        expect([status, headers.get("connection")]).toEqual([429, null]);
      } finally {
        Reflect.deleteProperty(globalThis, host);
      }
    },
  );

  it("discards no more than 64 KiB of a request that was answered early", async () => {
    const { router, handler } = serve();
    let pulls = 0;
    let canceled = false;
    const body = new ReadableStream(
      {
        pull(controller) {
          pulls++;
          controller.enqueue(new Uint8Array(16 * 1024));
        },
        cancel() {
          canceled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const { data } = router;
    router.data = (chunk) => {
      data.call(router, chunk);
      router.stream.pause();
    };
    router.onHandle = (stream) => stream.resume();
    const promise = handler(post(body));
    await tick();
    const before = router.size;
    expect(before).toBe(16 * 1024);
    pulls = 0;
    router.stream.head(200, new HeaderMap());
    router.stream.end(bytes("early"));
    expect(await (await promise).text()).toBe("early");
    await tick(5);
    expect(canceled).toBe(true);
    expect(pulls).toBeLessThanOrEqual(6);
    expect(router.size).toBe(before);
  });
});

describe("fetchHandler: clients that give up", () => {
  it("tells of a signal that aborts before the answer, and settles its promise", async () => {
    const { router, handler } = serve();
    const controller = new AbortController();
    let canceled = false;
    const body = new ReadableStream({
      cancel() {
        canceled = true;
      },
    });
    const promise = handler(post(body, { signal: controller.signal }));
    router.stream.resume();
    await tick();
    controller.abort();
    expect((await promise).status).toBe(499);
    await tick();
    expect(router.lines).toEqual(["error reset 8", "closed"]);
    expect(canceled).toBe(true);
    router.stream.respond(200, new HeaderMap());
    expect(router.stream.write(bytes("x"))).toBe(true);
  });

  it("takes a last answer of the router", async () => {
    const { router, handler } = serve();
    const controller = new AbortController();
    const promise = handler(post("x", { signal: controller.signal }));
    router.onError = () => router.stream.respond(408, new HeaderMap());
    controller.abort();
    expect((await promise).status).toBe(408);
    await tick();
    expect(router.lines).toEqual(["error reset 8", "closed"]);
  });

  it("tells of a signal that was aborted before it came", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x", { signal: AbortSignal.abort() }));
    expect((await promise).status).toBe(499);
    await tick();
    expect(router.lines).toEqual(["error reset 8", "closed"]);
  });

  it("tells of a response body that is canceled", async () => {
    const { router, handler } = serve();
    const promise = handler(post("x"));
    router.stream.head(200, new HeaderMap());
    expect(router.stream.write(new Uint8Array(70_000))).toBe(false);
    await (await promise).body?.cancel();
    await tick();
    expect(router.lines).toEqual(["error reset 8", "closed"]);
    expect(router.stream.write(new Uint8Array(70_000))).toBe(true);
  });

  it("ends the response body, without an error that hosts would print, when the signal aborts", async () => {
    const { router, handler } = serve();
    const controller = new AbortController();
    const promise = handler(post("x", { signal: controller.signal }));
    router.stream.head(200, new HeaderMap());
    const response = await promise;
    controller.abort();
    expect(await response.text()).toBe("");
    await tick();
    expect(router.lines).toEqual(["error reset 8", "closed"]);
  });

  it("hears nothing of a signal that aborts after the end", async () => {
    const { router, handler } = serve();
    const controller = new AbortController();
    const promise = handler(post("x", { signal: controller.signal }));
    router.stream.head(200, new HeaderMap());
    router.stream.end(bytes("x"));
    await (await promise).text();
    controller.abort();
    await tick();
    expect(router.lines).toEqual(["closed"]);
  });
});
