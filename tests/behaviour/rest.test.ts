import { rest } from "@connect-ts/rest";
import { ConnectError } from "@connect-ts/runtime";
import type { Route } from "@connect-ts/runtime/transport";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createPingServiceHandler, type PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { until } from "./helpers.js";
import { type Running, type SharedOptions, servers } from "./http-servers.js";
import { pingService } from "./ping-service.js";

const running: Pick<Running, "close">[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

const rule = (name: string, path: string, body = "") => ({
  selector: `ping.v1.PingService.${name}`,
  pattern: { case: body === "" ? ("get" as const) : ("post" as const), value: path },
  body,
});
const http = { rules: [rule("Ping", "/v1/ping", "*"), rule("CountUp", "/v1/count/{number}")] };

function handlerOf(own: Partial<PingServiceHandler> = {}) {
  return createPingServiceHandler({ ...pingService(), ...own });
}

describe.each(servers)("REST of %s", (_, startServer) => {
  async function start(handler = handlerOf(), options?: SharedOptions, isMounted = true): Promise<Running> {
    const route = await rest(handler, { http });
    const server = await startServer(isMounted ? [handler, route] : [route], options);
    running.push(server);
    return server;
  }
  const json = { "content-type": "application/json" };
  const post = { method: "POST", path: "/v1/ping", headers: json };

  it.each([true, false])("runs a unary RPC (mounted: %s)", async (isMounted) => {
    const server = await start(handlerOf(), {}, isMounted);
    const { status, headers, text } = await server.send({ ...post, body: ['{"te', 'xt":"hi"}'] });
    expect([status, headers["content-type"], JSON.parse(text)]).toEqual([200, "application/json", { text: "hi" }]);
    const rpc = await server.send({ ...post, path: "/ping.v1.PingService/Ping", body: ["{}"] });
    expect(rpc.status).toBe(isMounted ? 200 : 404);
  });

  it("streams", async () => {
    const { status, text } = await (await start()).send({ method: "GET", path: "/v1/count/3" });
    expect([status, text]).toEqual([200, [1, 2, 3].map((number) => `{"result":{"number":"${number}"}}\n`).join("")]);
  });

  it("stands below the server's pathPrefix", async () => {
    const server = await start(handlerOf(), { pathPrefix: "/api" });
    expect((await server.send({ method: "GET", path: "/api/v1/count/1" })).status).toBe(200);
    expect((await server.send({ method: "GET", path: "/v1/count/1" })).status).toBe(404);
  });

  it("holds a body to the limit of the server, of the service and of the RPC", async () => {
    const body = [JSON.stringify({ text: "x".repeat(300) })];
    for (const options of [{ readMaxBytes: 200 }, { perMethod: () => ({ readMaxBytes: 200 }) }]) {
      const { status, text } = await (await start(handlerOf(), options)).send({ ...post, body });
      expect([status, JSON.parse(text)]).toMatchObject([429, { code: 8 }]);
    }
  });

  it("ends a call when its client leaves", async () => {
    let isAborted = false;
    const slow = handlerOf({
      countUp: async function* (_request, context) {
        yield { number: 1n };
        await new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
        isAborted = true;
      },
    });
    const leave = new AbortController();
    const server = await start(slow);
    const onData = (): void => leave.abort();
    await expect(server.send({ method: "GET", path: "/v1/count/9", signal: leave.signal, onData })).rejects.toThrow();
    await until(() => isAborted);
  });

  it("answers an error by its code", async () => {
    const failing = handlerOf({
      ping: () => {
        throw new ConnectError("already_exists", "twice");
      },
    });
    const { status, text } = await (await start(failing)).send({ ...post, body: ["{}"] });
    expect([status, JSON.parse(text)]).toEqual([409, { code: 6, message: "twice", details: [] }]);
  });
});

describe.each(servers)("a route of %s that calls a service", (_, startServer) => {
  it("takes all that a mounted service takes", async () => {
    const hidden = handlerOf();
    const route: Route = {
      path: "/*",
      handle: (_request, _response, context) => {
        const procedure = context.path.replace("/moved", "");
        return hidden.specs.some((spec) => spec.procedure === procedure) ? context.call(hidden, procedure) : undefined;
      },
    };
    const server = await startServer([route]);
    running.push(server);
    const call = {
      method: "POST",
      path: "/moved/ping.v1.PingService/Ping",
      headers: { "content-type": "application/json" },
    };
    expect(JSON.parse((await server.send({ ...call, body: ['{"text":"hi"}'] })).text)).toEqual({ text: "hi" });
    expect((await server.send({ ...call, headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect((await server.send({ ...call, method: "PUT" })).status).toBe(405);
    expect((await server.send({ ...call, path: "/moved/ping.v1.PingService/Nothing" })).status).toBe(404);
  });

  it("is told when the service has no such procedure", async () => {
    const errors: unknown[] = [];
    const route: Route = {
      path: "/*",
      handle: (_request, _response, context) => context.call(handlerOf(), "/nothing"),
    };
    const server = await startServer([route], { onRouteError: (error) => errors.push(error) });
    running.push(server);
    expect((await server.send({ method: "GET", path: "/" })).status).toBe(500);
    expect(errors).toEqual([new TypeError('the service ping.v1.PingService has no procedure "/nothing"')]);
  });
});
