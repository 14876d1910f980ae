import { ConnectError } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { cors, serve } from "@connect-ts/runtime/node";
import { createRoute } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { type Received, type Running, type SharedOptions, servers } from "./http-servers.js";
import { pingService } from "./ping-service.js";

const app = "https://app.example.com";
const policy = cors({
  origin: app,
  credentials: true,
  methods: ["PUT"],
  requestHeaders: ["Authorization", "X-Tenant"],
  responseHeaders: ["X-Request-Id"],
  responseTrailers: ["x-cost"],
});

let calls = 0;
const ping = createPingServiceHandler({
  ...pingService(),
  ping(_request, context) {
    calls++;
    context.responseHeaders.set("x-request-id", "7");
    context.responseHeaders.set("vary", "accept-encoding");
    return {};
  },
});
const routes = [
  createRoute(["GET", "PUT"], "/notes", () => ({ body: "noted" })),
  createRoute("GET", "/broken", () => {
    throw new ConnectError("not_found", "no such note");
  }),
];

const running: Pick<Running, "close">[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
  calls = 0;
});

const procedure = "/ping.v1.PingService/Ping";
const json = { "content-type": "application/json" };

function only(received: Received): { readonly [name: string]: string | undefined } {
  return Object.fromEntries(
    Object.entries(received.headers).filter(([name]) => name === "vary" || name.startsWith("access-control-")),
  );
}

describe.each(servers)("cors of %s", (_, startServer) => {
  async function start(options: SharedOptions = { cors: policy }): Promise<Running> {
    const server = await startServer([ping, ...routes], { onRouteError: () => undefined, ...options });
    running.push(server);
    return server;
  }

  it.each([procedure, "/notes", "/ping.v1.PingService/Nope", "/nowhere"])(
    "answers preflights for %s with 204",
    async (path) => {
      const server = await start();
      const preflight = await server.send({
        method: "OPTIONS",
        path,
        headers: {
          origin: app,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,connect-protocol-version,content-type,x-tenant",
        },
      });
      expect([preflight.status, preflight.text]).toEqual([204, ""]);
      const { "access-control-allow-headers": allowed, ...others } = only(preflight);
      expect(others).toEqual({
        vary: "Origin",
        "access-control-allow-origin": app,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST, PUT",
        "access-control-max-age": "7200",
      });
      expect(allowed?.split(", ")).toEqual(
        expect.arrayContaining([
          "authorization",
          "x-tenant",
          "content-type",
          "connect-protocol-version",
          "connect-timeout-ms",
          "grpc-timeout",
          "x-grpc-web",
          "x-user-agent",
        ]),
      );
      expect(calls).toBe(0);
    },
  );

  it.each(["https://evil.example", `${app}.evil.example`, "http://app.example.com", "null"])(
    "refuses preflights and calls of %s",
    async (origin) => {
      const server = await start();
      const preflight = { origin, "access-control-request-method": "POST" };
      for (const sent of [
        { method: "OPTIONS", path: procedure, headers: preflight },
        { method: "POST", path: procedure, headers: { ...json, origin }, body: ["{}"] },
        { method: "POST", path: procedure, headers: { "content-type": "text/plain", origin }, body: ["{}"] },
        { method: "PUT", path: "/notes", headers: { origin }, body: ["x"] },
      ]) {
        const refused = await server.send(sent);
        expect([refused.status, refused.text]).toEqual([403, "this origin may not call from other sites\n"]);
        expect(only(refused)).toEqual({ vary: "Origin" });
      }
      expect(calls).toBe(0);
    },
  );

  it("lets pages of an allowed origin read answers, errors, 404s and routes", async () => {
    const server = await start();
    const own = { origin: app };
    const sent = [
      [200, "accept-encoding, Origin", { method: "POST", path: procedure, headers: { ...json, ...own }, body: ["{}"] }],
      [400, "Origin", { method: "POST", path: procedure, headers: { ...json, ...own }, body: ["nonsense"] }],
      [
        200,
        "Origin",
        {
          method: "POST",
          path: "/ping.v1.PingService/Fail",
          headers: { "content-type": "application/grpc-web+proto", ...own },
          body: [new Uint8Array(5)],
        },
      ],
      [404, "Origin", { method: "POST", path: "/nowhere", headers: { ...json, ...own }, body: ["{}"] }],
      [405, "Origin", { method: "DELETE", path: procedure, headers: own }],
      [
        415,
        "Origin",
        { method: "POST", path: procedure, headers: { "content-type": "text/css", ...own }, body: ["a"] },
      ],
      [200, "Origin", { method: "GET", path: "/notes", headers: own }],
      [404, "Origin", { method: "GET", path: "/broken", headers: own }],
      [405, "Origin", { method: "DELETE", path: "/notes", headers: own }],
    ] as const;
    for (const [status, vary, request] of sent) {
      const received = await server.send(request);
      const { "access-control-expose-headers": exposed, ...others } = only(received);
      expect([request.path, received.status, others]).toEqual([
        request.path,
        status,
        { vary, "access-control-allow-origin": app, "access-control-allow-credentials": "true" },
      ]);
      expect(exposed?.split(", ")).toEqual([
        "content-encoding",
        "connect-content-encoding",
        "grpc-encoding",
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
        "x-request-id",
        "trailer-x-cost",
      ]);
    }
  });

  it("lets its own pages call, and what is no browser", async () => {
    const server = await start();
    const call = { method: "POST", path: procedure, body: ["{}"] };
    for (const headers of [json, { ...json, origin: "https://own.example", "sec-fetch-site": "same-origin" }]) {
      const received = await server.send({ ...call, headers });
      expect([received.status, only(received)]).toEqual([200, { vary: "accept-encoding, Origin" }]);
    }
  });

  it("is off unless it is asked for", async () => {
    const server = await start({});
    const preflight = { origin: app, "access-control-request-method": "POST" };
    const { status, headers } = await server.send({ method: "OPTIONS", path: procedure, headers: preflight });
    expect([status, headers.allow]).toEqual([405, "GET, POST"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("oops");
      },
    ],
    ["is async", (async () => true) as never],
  ])("refuses where the function that decides %s", async (_name, origin) => {
    const server = await start({ cors: cors({ origin }) });
    const { status } = await server.send({ method: "POST", path: procedure, headers: { ...json, origin: app } });
    expect(status).toBe(403);
  });
});

describe("cors", () => {
  it("leaves what goes to a fallback to the fallback", async () => {
    const server = await serve({
      handlers: [ping, ...routes],
      cors: policy,
      fallback: (request, response) => response.writeHead(299).end(request.method),
      host: "127.0.0.1",
    });
    running.push(server);
    const headers = { origin: app, "access-control-request-method": "POST" };
    const status = async (path: string): Promise<number> =>
      (await fetch(server.url + path, { method: "OPTIONS", headers })).status;
    expect(await status("/elsewhere")).toBe(299);
    expect(await status("/ping.v1.PingService/Nope")).toBe(204);
    expect(await status("/notes")).toBe(204);
  });

  it("knows the server's own pages by the host where browsers do not say", async () => {
    const handler = fetchHandler([ping], { cors: policy });
    const call = (origin: string): Promise<Response> =>
      handler(
        new Request(`https://own.example:8443${procedure}`, {
          method: "POST",
          headers: { ...json, origin },
          body: "{}",
        }),
      );
    expect((await call("https://own.example:8443")).status).toBe(200);
    expect((await call("https://own.example")).status).toBe(403);
  });
});
