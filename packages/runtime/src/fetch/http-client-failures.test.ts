import { afterEach, describe, expect, it } from "@jest/globals";
import {
  bytes,
  closeServers,
  listen,
  post,
  Recorder,
  request,
  servers,
  tick,
} from "../testing/fetch-client-fixtures.js";
import { createFetchHttpClient } from "./http-client.js";

afterEach(closeServers);

describe("the HTTP client over fetch: failures", () => {
  it("reports a refused connection as connect", async () => {
    const url = await listen(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.events).toEqual(["error"]);
    expect(sink.failure).toMatchObject({
      reason: "connect",
      unprocessed: true,
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("reports a connection that died before the response as lost", async () => {
    const url = await listen((req) => void req.socket.destroy());
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.failure?.reason).toBe("lost");
  });

  it("reports bytes that are no HTTP as a protocol failure", async () => {
    const url = await listen((req) => void req.socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.failure?.reason).toBe("protocol");
  });

  it.each([
    ["chunked", undefined],
    ["with a length", 100],
  ])("reports a body that was cut off as lost: %s", async (_name, length) => {
    const url = await listen((req, res) => {
      if (length !== undefined) res.setHeader("content-length", length);
      res.write("part");
      setTimeout(() => req.socket.destroy(), 20);
    });
    const { sink, stream } = request(url);
    stream.end();
    await sink.over();
    expect(sink.events.filter((event) => event !== "data")).toEqual(["head", "error"]);
    expect(sink.failure?.reason).toBe("lost");
    expect(sink.text).toBe("part");
  });

  it("fails a request that needs trailers", async () => {
    const { sink, stream } = request("http://h.example", {}, { needsTrailers: true });
    stream.end(bytes("x"));
    await sink.over();
    expect(sink.failure).toMatchObject({ reason: "unsupported", message: expect.stringContaining("grpcWeb()") });
  });

  it("fails a full-duplex request by default, with a hint", async () => {
    const { sink, stream } = request("http://h.example", {}, { needsFullDuplex: true });
    expect(stream.write(bytes("x"))).toBe(true);
    await sink.over();
    expect(sink.failure).toMatchObject({ reason: "unsupported", message: expect.stringContaining('duplex: "full"') });
  });

  it("does not follow redirects, and says what to do", async () => {
    const url = await listen((_req, res) => void res.writeHead(307, { location: "/b" }).end());
    const { sink, stream } = request(url);
    stream.end(bytes("x"));
    await sink.over();
    // Node shows the redirect itself; browsers hide it.
    expect(sink.status).toBe(307);
    const hidden = request(url, {
      fetch: async () => ({ type: "opaqueredirect", status: 0, body: null, headers: new Headers() }) as Response,
    });
    hidden.stream.end(bytes("x"));
    await hidden.sink.over();
    expect(hidden.sink.failure).toMatchObject({
      reason: "unsupported",
      message: expect.stringContaining('redirect: "follow"'),
    });
  });

  it("follows redirects when allowed to", async () => {
    const url = await listen((req, res) => {
      if (req.url === "/a.S/M") res.writeHead(307, { location: "/b" }).end();
      else res.end(req.url);
    });
    // A GET: Node 20 cannot send the body of a POST again (its fetch has given the buffer away).
    const { sink, stream } = request(url, { redirect: "follow" }, { method: "GET" });
    stream.end();
    await sink.over();
    expect(sink.text).toBe("/b");
  });

  it("refuses opaque responses", async () => {
    const fetch = async (): Promise<Response> =>
      ({ type: "opaque", status: 0, body: null, headers: new Headers() }) as Response;
    const { sink, stream } = request("http://h.example", { fetch });
    stream.end(bytes("x"));
    await sink.over();
    expect(sink.failure).toMatchObject({ reason: "unsupported", message: expect.stringContaining("no-cors") });
  });

  it.each([
    [
      "throws",
      (): Promise<Response> => {
        throw new Error("not today");
      },
    ],
    ["rejects", (): Promise<Response> => Promise.reject(new Error("not today"))],
    ["rejects with no error", (): Promise<Response> => Promise.reject("not today")],
  ])("reports a fetch that %s, after request() has returned", async (_name, fetch) => {
    const { sink, stream } = request("http://h.example", { fetch });
    stream.end(bytes("x"));
    expect(sink.events).toEqual([]);
    await sink.over();
    expect(sink.failure).toMatchObject({ reason: "connect", message: "no response came: not today" });
  });

  it("gives a hint when a browser rejects a request stream without a reason", async () => {
    const fetch = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
    const { sink, stream } = request("http://h.example", { fetch });
    stream.flushHead();
    await sink.over();
    expect(sink.failure?.message).toBe(
      "no response came: Failed to fetch (browsers send request streams over HTTP/2 only)",
    );
  });

  it("reports a response body that somebody else reads", async () => {
    const fetch = async (): Promise<Response> => {
      const response = new Response("x");
      response.body?.getReader();
      return response;
    };
    const { sink, stream } = request("http://h.example", { fetch });
    stream.end();
    await sink.over();
    expect(sink.failure?.reason).toBe("lost");
  });

  it("refuses requests after close()", async () => {
    const http = createFetchHttpClient({ baseUrl: "http://h.example" });
    http.close?.();
    const sink = new Recorder();
    http.request(post(), sink).end();
    await sink.over();
    expect(sink.failure).toEqual({ reason: "lost", message: "the transport is closed" });
  });

  it("refuses a base URL that is none", () => {
    expect(() => createFetchHttpClient({ baseUrl: "api" })).toThrow(
      'baseUrl must be a URL such as "https://api.example.com", or a path such as "/api", not "api"',
    );
  });

  it("gives the origin of the base URL", () => {
    expect(createFetchHttpClient({ baseUrl: "https://api.example.com:444/v1/" }).origin).toBe(
      "https://api.example.com:444",
    );
  });
});

describe("the HTTP client over fetch: cancel", () => {
  it("closes the request and tells the sink nothing more", async () => {
    let closed = (): void => undefined;
    const requestClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const url = await listen((req, res) => {
      req.resume();
      res.on("close", closed);
      res.write("a");
    });
    const { sink, stream } = request(url);
    stream.end(bytes("x"));
    await sink.until(() => sink.text === "a");
    stream.cancel();
    await requestClosed;
    await tick(20);
    expect(sink.events).toEqual(["head", "data"]);
  });

  it("works before the response, during a request stream, and twice", async () => {
    let closed = (): void => undefined;
    const requestClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let arrived = (): void => undefined;
    const requestArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const url = await listen((req) => {
      req.on("error", closed);
      req.on("data", arrived);
    });
    const { sink, stream } = request(url);
    stream.write(bytes("x"));
    await requestArrived;
    stream.cancel();
    stream.cancel();
    await requestClosed;
    stream.end(bytes("ignored"));
    stream.resume();
    await tick(20);
    expect(sink.events).toEqual([]);
  });

  it("works before anything was sent, and from within head()", async () => {
    let requests = 0;
    const url = await listen((_req, res) => {
      requests++;
      res.end("body");
    });
    const unsent = request(url);
    unsent.stream.cancel();
    unsent.stream.end(bytes("x"));
    const { sink, stream } = request(url);
    sink.head = () => {
      sink.event("head");
      stream.cancel();
    };
    stream.end(bytes("x"));
    await sink.until(() => sink.events.includes("head"));
    await tick(20);
    expect(sink.events).toEqual(["head"]);
    expect(unsent.sink.events).toEqual([]);
    expect(requests).toBe(1);
  });

  it("discards a response that comes after it", async () => {
    let canceled = false;
    const late = new Response(
      new ReadableStream({
        cancel() {
          canceled = true;
        },
      }),
    );
    const { sink, stream } = request("http://h.example", { fetch: () => tick(5).then(() => late) });
    stream.end(bytes("x"));
    stream.cancel();
    await tick(20);
    expect(canceled).toBe(true);
    expect(sink.events).toEqual([]);
  });
});
