import { describe, expect, it } from "@jest/globals";
import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { type FetchHandlerOptions, routerHandler } from "./handler.js";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A router whose tests play the part of what serves a call. */
class FakeRouter implements HttpRequestSink {
  readonly paths: readonly string[] = ["/a.S/"];
  readonly lines: string[] = [];
  readonly failures: HttpFailure[] = [];
  request!: HttpServerRequest;
  stream!: HttpServerStream;
  size = 0;
  inCall = false;
  reentered = false;
  onHandle: (stream: HttpServerStream) => void = () => undefined;
  onError: () => void = () => undefined;

  handle(request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink | undefined {
    this.request = request;
    this.stream = stream;
    if (!request.path.startsWith("/a.S/")) return undefined;
    this.onHandle(stream);
    return this;
  }
  notFound(_request: HttpServerRequest, stream: HttpServerStream): HttpRequestSink {
    stream.respond(404, new HeaderMap(), bytes("nobody"));
    return this;
  }
  /** Calls the adapter and notes whether it calls back before it returns. */
  call<T>(run: () => T): T {
    this.inCall = true;
    try {
      return run();
    } finally {
      this.inCall = false;
    }
  }
  told(line: string): void {
    this.reentered ||= this.inCall;
    this.lines.push(line);
  }
  data(chunk: Uint8Array): void {
    this.size += chunk.length;
    this.told(`data ${chunk.length > 20 ? chunk.length : new TextDecoder().decode(chunk)}`);
  }
  end(): void {
    this.told("end");
  }
  error(failure: HttpFailure): void {
    this.failures.push(failure);
    this.told(`error ${failure.reason} ${failure.resetCode}`);
    this.onError();
  }
  drain(): void {
    this.told("drain");
  }
  closed(): void {
    this.told("closed");
  }
}

function serve(options: Omit<FetchHandlerOptions, "interceptors"> = {}): {
  router: FakeRouter;
  handler: (request: Request, ...platform: unknown[]) => Promise<Response>;
} {
  const router = new FakeRouter();
  return { router, handler: routerHandler(router as unknown as Router, options) };
}

function post(body: ReadableStream | string | null, init: RequestInit = {}): Request {
  return new Request("http://h.example/a.S/M?x=1", {
    method: "POST",
    body,
    headers: { "content-type": "application/proto", "x-a": "1" },
    duplex: "half",
    ...init,
  } as RequestInit);
}

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
      httpVersion: "1.1",
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
    await tick(20);
    expect(router.lines.at(-1)).toBe("end");
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
    await expect((await promise).text()).rejects.toThrow("the response was broken off (HTTP/2 error code 2)");
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

  it("breaks the response body off when the signal aborts", async () => {
    const { router, handler } = serve();
    const controller = new AbortController();
    const promise = handler(post("x", { signal: controller.signal }));
    router.stream.head(200, new HeaderMap());
    const response = await promise;
    controller.abort();
    await expect(response.text()).rejects.toThrow("gave the request up");
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
