import { ConnectError, HeaderMap } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { createRoute, type HttpRequestSink, type Route } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { sleep, until } from "./helpers.js";
import { type Running, type SharedOptions, servers } from "./http-servers.js";
import { pingService } from "./ping-service.js";

const ping = createPingServiceHandler(pingService());
const running: Pick<Running, "close">[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

const idle: HttpRequestSink = { data() {}, end() {}, error() {}, drain() {}, closed() {} };

const noSink = (path: string): string =>
  `handle() of the route ${path} must return a sink or undefined: use createRoute for functions that return promises`;

const text = (body: string) => () => ({ body });

describe.each(servers)("a route of %s", (name, startServer) => {
  const isHttp2 = name.endsWith("HTTP/2");

  async function start(routes: readonly Route[], options?: SharedOptions): Promise<Running> {
    const server = await startServer([ping, ...routes], options);
    running.push(server);
    return server;
  }

  it("answers beside RPCs", async () => {
    const server = await start([createRoute("GET", "/healthz", text("ok\n"))]);
    const { status, headers, text: body } = await server.send({ method: "GET", path: "/healthz?verbose" });
    expect([status, headers["content-type"], body]).toEqual([200, "text/plain; charset=utf-8", "ok\n"]);
    const rpc = { method: "POST", path: "/ping.v1.PingService/Ping", headers: { "content-type": "application/json" } };
    expect(JSON.parse((await server.send({ ...rpc, body: ['{"text":"hi"}'] })).text)).toEqual({ text: "hi" });
    expect((await server.send({ method: "GET", path: "/healthz/" })).status).toBe(404);
    const sniffed = [
      { method: "GET", path: "/healthz" },
      { method: "HEAD", path: "/healthz" },
      { ...rpc, body: ["{}"] },
    ];
    for (const request of [
      ...sniffed,
      { ...rpc, body: ["x"] },
      { method: "GET", path: "/nowhere" },
      { ...rpc, method: "PUT" },
    ]) {
      expect((await server.send(request)).headers["x-content-type-options"]).toBe("nosniff");
    }
    expect((await server.send({ method: "GET", path: "/" })).status).toBe(404);
  });

  it("answers HEAD as GET without the body", async () => {
    const seen: string[] = [];
    const server = await start([
      createRoute("GET", "/whole", ({ method }) => {
        seen.push(method);
        return { status: 203, headers: { "x-a": "1" }, body: "four" };
      }),
      createRoute("GET", "/pieces", () => ({
        headers: { "x-a": "2" },
        body: (async function* () {
          seen.push("generated");
          yield "four";
        })(),
      })),
    ]);
    const whole = await server.send({ method: "HEAD", path: "/whole" });
    expect(whole).toMatchObject({ status: 203, text: "", headers: { "x-a": "1", "content-length": "4" } });
    const pieces = await server.send({ method: "HEAD", path: "/pieces" });
    expect(pieces).toMatchObject({ status: 200, text: "", headers: { "x-a": "2" } });
    expect(seen).toEqual(["HEAD"]);
  });

  it("whose head or trailers are more than its HTTP/2 client takes fails with 500, and onRouteError hears why", async () => {
    const large = { "x-large": "l".repeat(1000) };
    const told: string[] = [];
    const trailing: Route = {
      path: "/trailers",
      handle(_request, response) {
        response.respond(200, new HeaderMap(), undefined, new HeaderMap(large));
        return idle;
      },
    };
    const streaming: Route = {
      path: "/late",
      handle(_request, response) {
        response.head(200, new HeaderMap());
        response.end(undefined, new HeaderMap(large));
        return idle;
      },
    };
    const server = await start(
      [createRoute("GET", "/head", () => ({ headers: large, body: "x" })), trailing, streaming],
      {
        onRouteError: (error) => void told.push((error as ConnectError).rawMessage),
      },
    );
    const get = (path: string, takesHeaderBytes: number): Promise<number> =>
      server.send({ method: "GET", path, takesHeaderBytes }).then(({ status }) => status);
    expect([await get("/head", 5000), await get("/trailers", 5000), await get("/late", 5000)]).toEqual([200, 200, 200]);
    if (!isHttp2) return;
    expect([await get("/head", 1000), await get("/trailers", 1000)]).toEqual([500, 500]);
    await expect(get("/late", 1000)).rejects.toThrow("NGHTTP2_INTERNAL_ERROR");
    const why =
      /^the response has \d+ bytes of headers or trailers, and the client takes 1000: the largest field, "x-large", has 1039 bytes$/;
    expect(told).toEqual([1, 2, 3].map(() => expect.stringMatching(why)));
  });

  it("answers other methods with 405 and those that it has", async () => {
    const server = await start([
      createRoute("GET", "/a", text("read")),
      createRoute(["PUT", "DELETE"], "/a", text("written")),
    ]);
    expect((await server.send({ method: "DELETE", path: "/a" })).text).toBe("written");
    const { status, headers } = await server.send({ method: "POST", path: "/a", body: ["x"] });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD, PUT, DELETE"]);
  });

  it("is found by its path: exact before longer before shorter, then by its place in the list", async () => {
    const declines: Route = { path: "/docs/*", handle: () => undefined };
    const server = await start([
      createRoute("GET", "/*", ({ path }) => ({ body: `all ${path}` })),
      declines,
      createRoute("GET", "/docs/*", ({ path }) => ({ body: `docs ${path}` })),
      createRoute("GET", "/docs/api/*", ({ path }) => ({ body: `api ${path}` })),
      createRoute("GET", "/docs/api/v1", ({ path }) => ({ body: `exact ${path}` })),
    ]);
    const get = async (path: string): Promise<string> => (await server.send({ method: "GET", path })).text;
    expect(await get("/docs/api/v1")).toBe("exact /docs/api/v1");
    expect(await get("/docs/api/v1/x?y=1")).toBe("api /docs/api/v1/x");
    expect(await get("/docs/")).toBe("docs /docs/");
    expect(await get("/docs")).toBe("all /docs");
    expect(await get("/ping.v1.PingService/Nope")).toBe("all /ping.v1.PingService/Nope");
  });

  it("stands below the pathPrefix, and does not see it", async () => {
    const server = await start(
      [createRoute("GET", "/docs/*", ({ path, query }) => ({ body: path + query.get("a") }))],
      {
        pathPrefix: "/api",
      },
    );
    expect((await server.send({ method: "GET", path: "/api/docs/x?a=1" })).text).toBe("/docs/x1");
    expect((await server.send({ method: "GET", path: "/docs/x" })).status).toBe(404);
  });

  it("reads a body whole, within its limit", async () => {
    const server = await start([
      createRoute("POST", "/size", async (request) => ({ body: String((await request.bytes()).length) }), {
        maxBytes: 100_000,
      }),
    ]);
    const size = async (body: string[], headers = {}): Promise<[number, string]> => {
      const { status, text: answer } = await server.send({ method: "POST", path: "/size", headers, body });
      return [status, answer];
    };
    expect(await size([])).toEqual([200, "0"]);
    expect(await size(["a".repeat(50_000), "b".repeat(50_000)])).toEqual([200, "100000"]);
    const tooLong = [413, "the body is longer than 100000 bytes\n"];
    expect(await size(["a".repeat(60_000), "b".repeat(60_000)])).toEqual(tooLong);
    expect(await size(["a".repeat(100_001)], { "content-length": "100001" })).toEqual(tooLong);
  });

  it("streams both ways", async () => {
    const server = await start([
      createRoute("POST", "/upper", (request) => ({
        body: (async function* () {
          for await (const chunk of request) yield Buffer.from(chunk).toString().toUpperCase();
          yield "!";
        })(),
      })),
    ]);
    const body = Array.from({ length: 200 }, () => "abc".repeat(1000));
    const { text: answer } = await server.send({ method: "POST", path: "/upper", body });
    expect(answer).toBe(`${"ABC".repeat(200_000)}!`);
  });

  it("answers without reading the body", async () => {
    const server = await start([createRoute("POST", "/early", () => ({ status: 202 }))]);
    expect((await server.send({ method: "POST", path: "/early", body: ["a".repeat(10_000)] })).status).toBe(202);
  });

  it("learns that the client has left", async () => {
    let aborted: unknown;
    let finished = false;
    const server = await start([
      createRoute("GET", "/endless", ({ signal }) => {
        signal.addEventListener("abort", () => {
          aborted = signal.reason;
        });
        return {
          body: (async function* () {
            try {
              for (;;) {
                yield "x".repeat(1000);
                await sleep(1);
              }
            } finally {
              finished = true;
            }
          })(),
        };
      }),
    ]);
    const leave = new AbortController();
    const sent = server.send({ method: "GET", path: "/endless", signal: leave.signal, onData: () => leave.abort() });
    await expect(sent).rejects.toBeDefined();
    await until(() => finished);
    expect(aborted).toMatchObject({ code: "canceled" });
  });

  it("that fails answers 500 without the reason, which onRouteError is told", async () => {
    const errors: unknown[] = [];
    const server = await start(
      [
        createRoute("GET", "/throws", () => {
          throw new Error("secret");
        }),
        createRoute("GET", "/nothing", (() => undefined) as never),
        { path: "/sync", handle: () => null as never },
        {
          path: "/sink",
          handle(_request, response) {
            response.resume();
            return {
              ...idle,
              end() {
                throw new Error("secret");
              },
            };
          },
        },
        { path: "/async", handle: (async () => Promise.reject(new Error("secret"))) as never },
      ],
      {
        onRouteError: (error, { path }) => {
          errors.push([path, String(error)]);
          throw new Error("and the hook fails too");
        },
      },
    );
    for (const path of ["/throws", "/nothing", "/sync", "/sink", "/async"]) {
      const { status, text: body } = await server.send({ method: "GET", path });
      expect([path, status, body]).toEqual([path, 500, "internal error\n"]);
    }
    expect(errors).toEqual([
      ["/throws", "Error: secret"],
      ["/nothing", expect.stringContaining("TypeError")],
      ["/sync", `TypeError: ${noSink("/sync")}`],
      ["/sink", "Error: secret"],
      ["/async", `TypeError: ${noSink("/async")}`],
    ]);
  });

  it("that fails after its head breaks the response off", async () => {
    const errors: unknown[] = [];
    const server = await start(
      [
        createRoute("GET", "/", () => ({
          body: (async function* () {
            yield "a".repeat(100);
            throw new ConnectError("not_found", "too late");
          })(),
        })),
      ],
      { onRouteError: (error) => errors.push(error) },
    );
    await expect(server.send({ method: "GET", path: "/" })).rejects.toBeDefined();
    expect(errors).toEqual([expect.objectContaining({ code: "not_found" })]);
  });

  it("answers with the status of a ConnectError", async () => {
    const server = await start([
      createRoute("GET", "/", () => {
        throw new ConnectError("unauthenticated", "who are you?");
      }),
    ]);
    const { status, text: body } = await server.send({ method: "GET", path: "/" });
    expect([status, body]).toEqual([401, "who are you?\n"]);
  });
});

describe("routes", () => {
  it("end a subscription that they answer with when the client leaves, though nothing happens in it", async () => {
    let returned = 0;
    const subscription = (first: string): AsyncIterable<string> => ({
      [Symbol.asyncIterator]: () => ({
        next: () => (first === "" ? new Promise(() => undefined) : Promise.resolve({ done: false, value: first })),
        async return() {
          returned++;
          throw new Error("whatever it does");
        },
      }),
    });
    const server = await serve({
      handlers: [
        createRoute("GET", "/quiet", () => ({ body: subscription("") })),
        createRoute("GET", "/busy", () => ({ body: subscription("x") })),
      ],
      host: "127.0.0.1",
    });
    running.push(server);
    for (const path of ["/quiet", "/busy"]) {
      const aborter = new AbortController();
      const response = await fetch(server.url + path, { signal: aborter.signal });
      expect(response.status).toBe(200);
      aborter.abort();
      const before = returned;
      expect(await until(() => returned > before)).toBeLessThan(10_000);
      await sleep(20);
      expect(returned).toBe(before + 1);
    }
  });

  it("that leave a request leave it to the fallback, untouched", async () => {
    const server = await serve({
      handlers: [{ path: "/*", handle: () => undefined }, createRoute("GET", "/a", text("a"))],
      fallback: async (request, response) => {
        const pieces: Buffer[] = [];
        for await (const piece of request) pieces.push(piece);
        response.end(`fallback ${Buffer.concat(pieces)}`);
      },
      host: "127.0.0.1",
    });
    running.push(server);
    const post = await fetch(`${server.url}/x`, { method: "POST", body: "hello" });
    expect(await post.text()).toBe("fallback hello");
    expect(await (await fetch(`${server.url}/a`)).text()).toBe("a");
    expect((await fetch(`${server.url}/a`, { method: "POST" })).status).toBe(405);
  });

  it("are told when the server drains, and are waited for", async () => {
    let running = false;
    const server = await serve({
      handlers: createRoute("GET", "/", async ({ drainSignal }) => {
        running = true;
        await new Promise((resolve) => drainSignal.addEventListener("abort", resolve));
        return { body: "last words" };
      }),
      host: "127.0.0.1",
    });
    const answer = fetch(server.url);
    await until(() => running);
    expect(await server.drain()).toEqual({ finished: 1, cut: 0 });
    expect(await (await answer).text()).toBe("last words");
  });

  it("may have several paths, and know the services beside them", async () => {
    const seen: unknown[] = [];
    const route: Route = {
      path: ["/tool", "/tool/*"],
      handle(_request, response, { path, services }) {
        seen.push([path, services.map(({ typeName }) => typeName)]);
        response.respond(200, new HeaderMap());
        return idle;
      },
    };
    const server = await serve({ handlers: [route, ping], host: "127.0.0.1", pathPrefix: "/api" });
    running.push(server);
    for (const path of ["tool", "tool/", "tool/a/b", "tools"]) await (await fetch(`${server.url}/api/${path}`)).text();
    const services = ["ping.v1.PingService"];
    expect(seen).toEqual(["/tool", "/tool/", "/tool/a/b"].map((path) => [path, services]));
  });

  it.each(["healthz", "/docs*", "/docs/*/x", "/a?b", "/a#b", ""])("have paths, and %j is none", async (path) => {
    await expect(async () => serve({ handlers: createRoute("GET", path, text("")) })).rejects.toThrow(
      `the path of a route must be such as "/healthz" or "/docs/*", not ${JSON.stringify(path)}`,
    );
  });
});
