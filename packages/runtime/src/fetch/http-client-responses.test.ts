import { afterEach, describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { bytes, closeServers, listen, request, tick } from "../testing/fetch-client-fixtures.js";

afterEach(closeServers);

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

  it.each([
    ["gzip,br", "gzip,br"],
    ["zstd,br,deflate", "br"],
    ["deflate,zstd", "identity"],
    ["identity", "identity"],
  ])("asks for %s as %s: not every fetch undoes deflate and zstd", async (accepted, asked) => {
    const url = await listen((req, res) => void res.end(req.headers["accept-encoding"]));
    const { sink, stream } = request(url, {}, { headers: new HeaderMap({ "accept-encoding": accepted }) });
    stream.end();
    await sink.over();
    expect(sink.text).toBe(asked);
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
