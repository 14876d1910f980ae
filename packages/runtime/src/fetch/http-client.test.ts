import { afterEach, describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { bytes, closeServers, listen, readAll, request, tick } from "../testing/fetch-client-fixtures.js";

afterEach(closeServers);

describe("the HTTP client over fetch: requests", () => {
  it("sends a body that is given only to end() with its length", async () => {
    const url = await listen(async (req, res) => {
      const { method, url: path } = req;
      res.end(JSON.stringify([method, path, req.headers["content-length"], req.headers["x-a"], await readAll(req)]));
    });
    const { sink, stream } = request(
      `${url}/base`,
      {},
      {
        path: "/base/a.S/M?q=1",
        headers: new HeaderMap([
          ["X-A", "1"],
          ["x-a", "2"],
        ]),
      },
    );
    stream.end(bytes("hello"));
    await sink.over();
    expect(JSON.parse(sink.text)).toEqual(["POST", "/base/a.S/M?q=1", "5", "1, 2", "hello"]);
    expect(sink.events).toEqual(["head", "data", "end"]);
    expect(sink.status).toBe(200);
  });

  it("sends an empty body for end() alone", async () => {
    const url = await listen((req, res) => void res.end(req.headers["content-length"]));
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.text).toBe("0");
  });

  it("sends a GET without a body", async () => {
    const url = await listen(async (req, res) => {
      res.end(
        `${req.method} ${req.headers["content-length"]} ${req.headers["transfer-encoding"]} ${await readAll(req)}`,
      );
    });
    const { sink, stream } = request(url, {}, { method: "GET", headers: new HeaderMap() });
    stream.end();
    await sink.over();
    expect(sink.text).toBe("GET undefined undefined ");
  });

  it("leaves out the headers that fetch sets itself", async () => {
    const url = await listen((req, res) => void res.end(`${req.headers["content-length"]} ${req.headers.host}`));
    const { sink, stream } = request(
      url,
      {},
      { headers: new HeaderMap({ "content-length": "77", host: "elsewhere.example", connection: "close" }) },
    );
    stream.end(bytes("abc"));
    await sink.over();
    expect(sink.text).toBe(`3 ${new URL(url).host}`);
  });

  it("withholds user-agent in pages, which would cost a preflight, and takes paths for base URLs there", async () => {
    let given: unknown[] = [];
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      given = [url, init.headers];
      return new Response();
    };
    const headers = new HeaderMap({ "user-agent": "connect-ts", "x-a": "1" });
    const ask = async (baseUrl: string): Promise<unknown[]> => {
      const { sink, stream } = request(baseUrl, { fetch }, { headers });
      stream.end();
      await sink.over();
      return given;
    };
    expect(await ask("http://h.example")).toEqual([
      "http://h.example/a.S/M",
      [
        ["user-agent", "connect-ts"],
        ["x-a", "1"],
      ],
    ]);
    Object.assign(globalThis, { location: { href: "https://page.example/deep/down?x=1" } });
    try {
      expect(await ask("/api")).toEqual(["https://page.example/a.S/M", [["x-a", "1"]]]);
    } finally {
      Object.assign(globalThis, { location: undefined });
    }
  });

  it("sends in one piece what is written and ended before the event loop turns", async () => {
    const bodies: unknown[] = [];
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      bodies.push(init.body);
      return new Response(init.body as Uint8Array<ArrayBuffer>);
    };
    const large = request("http://h.example", { fetch });
    expect(large.stream.write(new Uint8Array(1_000_000))).toBe(true);
    await Promise.resolve();
    large.stream.end();
    const several = request("http://h.example", { fetch });
    for (const text of ["a", "b", "c"]) {
      expect(several.stream.write(bytes(text))).toBe(true);
      await Promise.resolve();
    }
    several.stream.end(bytes("d"));
    await Promise.all([large.sink.over(), several.sink.over()]);
    expect(several.sink.text).toBe("abcd");
    expect((bodies[0] as Uint8Array).length).toBe(1_000_000);
    expect(bodies[1]).toEqual(bytes("abcd"));
    await tick(5);
    expect(bodies.length).toBe(2);
  });

  it("streams what is not ended by then", async () => {
    const url = await listen(async (req, res) => {
      res.end(`${req.headers["transfer-encoding"]} ${await readAll(req)}`);
    });
    const { sink, stream } = request(url);
    stream.write(new Uint8Array(100_000).fill(0x61));
    await tick(20);
    expect(sink.drains).toBe(0);
    stream.write(bytes("b"));
    stream.end(bytes("c"));
    await sink.over();
    expect(sink.text).toBe(`chunked ${"a".repeat(100_000)}bc`);
  });

  it("holds no more than 64 KiB back after the first piece", async () => {
    let calls = 0;
    const fetch = async (): Promise<Response> => {
      calls++;
      return new Response(new ReadableStream());
    };
    const { stream } = request("http://h.example", { fetch });
    expect(stream.write(bytes("a"))).toBe(true);
    expect(stream.write(new Uint8Array(64 * 1024))).toBe(false);
    expect(calls).toBe(1);
    stream.cancel();
  });

  it("sends nothing when it is canceled before the event loop turns", async () => {
    let calls = 0;
    const fetch = async (): Promise<Response> => {
      calls++;
      return new Response();
    };
    const { sink, stream } = request("http://h.example", { fetch });
    stream.write(bytes("a"));
    stream.cancel();
    await tick(10);
    expect([calls, sink.events]).toEqual([0, []]);
  });

  it("streams a body after the first write, and tells when more can be written", async () => {
    let go = (): void => undefined;
    const mayRead = new Promise<void>((resolve) => {
      go = resolve;
    });
    const url = await listen((req, res) => {
      let size = 0;
      req.on("data", (chunk: Buffer) => {
        size += chunk.length;
      });
      req.on("end", () => res.end(`${size} ${req.headers["transfer-encoding"]}`));
      req.pause();
      void mayRead.then(() => req.resume());
    });
    const { sink, stream } = request(url);
    const chunk = new Uint8Array(64 * 1024);
    let sent = 0;
    let refused = 0;
    while (sent < 400) {
      const drains = sink.drains;
      const more = stream.write(chunk);
      sent++;
      if (more) continue;
      if (refused++ === 0) go();
      await sink.until(() => sink.drains > drains);
    }
    stream.end(bytes("last"));
    await sink.over();
    expect(refused).toBeGreaterThan(0);
    expect(sink.text).toBe(`${400 * 64 * 1024 + 4} chunked`);
  });

  it("holds the writer back while the server does not read", async () => {
    const url = await listen((req) => void req.pause());
    const { sink, stream } = request(url);
    const chunk = new Uint8Array(64 * 1024);
    let sent = 0;
    for (let idle = 0; idle < 20; ) {
      const drains = sink.drains;
      if (stream.write(chunk)) {
        sent++;
        continue;
      }
      sent++;
      for (idle = 0; idle < 20 && sink.drains === drains; idle++) await tick(5);
    }
    // Socket buffers on both sides take some megabytes; an unbounded writer would go on for ever.
    expect(sent).toBeLessThan(400);
    stream.cancel();
  });

  it("hands the request to fetch at once when asked to", async () => {
    // Node's fetch sends no head before the first byte of a stream: a fake shows what it is given.
    let given: RequestInit | undefined;
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      given = init;
      return new Response(new Response(init.body).body);
    };
    const { sink, stream } = request("http://h.example", { fetch });
    stream.flushHead();
    expect(given?.method).toBe("POST");
    stream.write(bytes("a"));
    stream.end(bytes("b"));
    await sink.over();
    expect(sink.text).toBe("ab");
  });

  it("is full-duplex where the platform is, when told so", async () => {
    const url = await listen((req, res) => {
      res.flushHeaders();
      req.on("data", (chunk: Buffer) => void res.write(`<${chunk.toString()}>`));
      req.on("end", () => void res.end("."));
    });
    const { sink, stream } = request(url, { duplex: "full" }, { needsFullDuplex: true });
    stream.write(bytes("one"));
    await sink.until(() => sink.text === "<one>");
    stream.write(bytes("two"));
    await sink.until(() => sink.text === "<one><two>");
    stream.end();
    await sink.over();
    expect(sink.text).toBe("<one><two>.");
  });
});

describe("the HTTP client over fetch: responses", () => {
  it("gives status and headers of any response", async () => {
    const url = await listen((_req, res) => {
      res.writeHead(418, { "x-tea": ["green", "black"], "set-cookie": ["a=1", "b=2"] });
      res.end("short and stout");
    });
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.status).toBe(418);
    expect(sink.headers.get("x-tea")).toBe("green, black");
    expect(sink.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(sink.text).toBe("short and stout");
  });

  it("takes a response without a body", async () => {
    const url = await listen((_req, res) => void res.writeHead(204).end());
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.events).toEqual(["head", "end"]);
  });

  it("hides a content encoding that fetch has undone", async () => {
    const { gzipSync } = await import("node:zlib");
    const url = await listen((_req, res) => {
      res.writeHead(200, { "content-encoding": "gzip", "content-type": "application/proto" });
      res.end(gzipSync("inflated"));
    });
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.text).toBe("inflated");
    expect(sink.headers.has("content-encoding")).toBe(false);
    expect(sink.headers.has("content-length")).toBe(false);
    expect(sink.headers.get("content-type")).toBe("application/proto");
  });

  it("keeps a content encoding that fetch does not know", async () => {
    const url = await listen((_req, res) => void res.writeHead(200, { "content-encoding": "snappy" }).end("raw"));
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.headers.get("content-encoding")).toBe("snappy");
  });

  it("delivers nothing while paused, and holds the server back", async () => {
    let written = 0;
    const url = await listen((_req, res) => {
      const chunk = Buffer.alloc(64 * 1024);
      const push = (): void => {
        while (written < 500 && !res.destroyed) {
          written++;
          if (!res.write(chunk)) {
            res.once("drain", push);
            return;
          }
        }
        res.end();
      };
      push();
    });
    const { sink, stream } = request(url);
    stream.pause();
    stream.end();
    await sink.until(() => sink.status === 200);
    await tick(150);
    expect(sink.events).toEqual(["head"]);
    expect(written).toBeLessThan(500);
    stream.resume();
    stream.pause();
    await tick(20);
    const before = sink.chunks.length;
    expect(before).toBeLessThanOrEqual(1);
    stream.resume();
    await sink.over();
    expect(sink.chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(500 * 64 * 1024);
    expect(sink.events.at(-1)).toBe("end");
  });

  it("can be paused from within data(), and never delivers from within resume()", async () => {
    const url = await listen(async (_req, res) => {
      for (let i = 0; i < 5; i++) {
        res.write(String(i));
        await tick(2);
      }
      res.end();
    });
    const { sink, stream } = request(url);
    let inResume = false;
    let reentered = false;
    const { data } = sink;
    sink.data = (chunk) => {
      reentered ||= inResume;
      data.call(sink, chunk);
      stream.pause();
      setTimeout(() => {
        inResume = true;
        stream.resume();
        inResume = false;
      }, 5);
    };
    stream.end();
    await sink.over();
    expect(sink.text).toBe("01234");
    expect(reentered).toBe(false);
  });

  it("takes the body in one piece from a fetch without streams", async () => {
    const fake = async (): Promise<Response> =>
      ({
        status: 200,
        type: "default",
        headers: new Headers(),
        arrayBuffer: async () => bytes("whole").buffer,
      }) as unknown as Response;
    const { sink, stream } = request("http://native.example", { fetch: fake });
    stream.end(bytes("x"));
    await sink.over();
    expect(sink.events).toEqual(["head", "data", "end"]);
    expect(sink.text).toBe("whole");
  });

  it("leaves no request open when the response has ended", async () => {
    let closed = (): void => undefined;
    const connectionClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await listen((req, res) => {
      req.socket.on("close", closed);
      req.resume();
      res.end("early");
    });
    const { sink, stream } = request(url, { duplex: "full" });
    stream.write(bytes("first"));
    await sink.over();
    expect(sink.text).toBe("early");
    await connectionClosed;
    expect(stream.write(bytes("ignored"))).toBe(true);
    stream.end(bytes("ignored"));
    await tick(10);
    expect(sink.events.filter((event) => event === "end" || event === "error")).toEqual(["end"]);
  });

  it("aborts a request that is still open when the response has ended", async () => {
    let signal: AbortSignal | null | undefined;
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      signal = init.signal as AbortSignal;
      return new Response("early");
    };
    const { sink, stream } = request("http://h.example", { fetch });
    stream.write(bytes("first"));
    await sink.over();
    expect(sink.events).toEqual(["head", "data", "end"]);
    expect(signal?.aborted).toBe(true);
  });

  it("lets a writer go on when the server answers early and reads no more", async () => {
    let refuse = (): void => undefined;
    const fetch = async (_url: string, init: RequestInit): Promise<Response> => {
      refuse = () => void (init.body as ReadableStream).cancel();
      return new Response(new ReadableStream());
    };
    const { sink, stream } = request("http://h.example", { fetch });
    stream.flushHead();
    expect(stream.write(new Uint8Array(100_000))).toBe(false);
    refuse();
    await sink.until(() => sink.drains === 1);
    expect(stream.write(new Uint8Array(100_000))).toBe(true);
    stream.cancel();
  });
});
