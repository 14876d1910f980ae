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
