import { describe, expect, it } from "@jest/globals";
import type { Router } from "../handler/router.js";
import { HeaderMap } from "../http/header-map.js";
import { bytes, Client, connect, Log, post, Server, tick } from "../testing/in-process-fixtures.js";
import { createInProcessHttpClient } from "./http-client.js";

describe("a request in process that ends early", () => {
  it("tells the server of a cancel, once, and the client nothing", async () => {
    const { log, server, stream } = connect();
    stream.write(bytes("x"));
    await tick();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("y"));
    log.calling(() => stream.cancel());
    stream.cancel();
    await tick();
    server.stream.resume();
    expect(server.stream.write(bytes("ignored"))).toBe(true);
    server.stream.end();
    server.stream.reset(2);
    stream.write(bytes("ignored"));
    stream.end();
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "server error reset 8", "server closed"]);
    expect(log.reentered).toBe(false);
  });

  it("tells the server nothing of a request that was canceled before it started", async () => {
    const { log, stream } = connect();
    stream.write(bytes("x"));
    stream.cancel();
    await tick();
    expect(log.lines).toEqual([]);
  });

  it("cancels from within head()", async () => {
    const { log, client, server, stream } = connect();
    stream.end();
    await tick();
    client.head = () => {
      log.lines.push("head");
      stream.cancel();
    };
    server.stream.respond(200, new HeaderMap(), bytes("body"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "head", "server error reset 8", "server closed"]);
  });

  it("frees a server that waits to write when the client cancels", async () => {
    const { log, server, stream } = connect();
    stream.end();
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    expect(server.stream.write(new Uint8Array(70_000))).toBe(false);
    stream.cancel();
    await tick();
    expect(log.lines.slice(-2)).toEqual(["server error reset 8", "server closed"]);
  });

  it("tells the client the code of a reset, also while it is paused", async () => {
    const { log, client, server, stream } = connect();
    stream.write(bytes("x"));
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("never read"));
    log.calling(() => server.stream.reset(11));
    await tick();
    expect(log.lines.slice(-2)).toEqual(["client error reset 11", "server closed"]);
    expect(client.failure).toMatchObject({ reason: "reset", resetCode: 11 });
    expect(client.chunks).toEqual([]);
    expect(log.reentered).toBe(false);
  });

  it("takes a reset from within handle()", async () => {
    const { log, server, stream } = connect();
    server.onHandle = (response) => response.reset(7);
    stream.end(bytes("x"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "client error reset 7", "server closed"]);
  });

  it("lets a client that still sends go on when the server has answered", async () => {
    const { log, server, stream } = connect();
    expect(stream.write(new Uint8Array(70_000))).toBe(false);
    await tick();
    stream.pause();
    server.stream.respond(200, new HeaderMap(), bytes("early"));
    await tick();
    expect(log.lines).toContain("client drain");
    expect(stream.write(new Uint8Array(70_000))).toBe(true);
    expect(log.lines).not.toContain("server closed");
    stream.resume();
    await tick();
    expect(log.lines.slice(-3)).toEqual(["client data early", "client end ", "server closed"]);
    expect(server.chunks).toEqual([]);
  });

  it("leaves timers their turn while both sides are always ready", async () => {
    const { client, server, stream } = connect();
    let rounds = 0;
    let stop = false;
    client.data = () => {
      if (stop) stream.end();
      else stream.write(bytes("ping"));
    };
    server.data = () => {
      rounds++;
      server.stream.write(bytes("pong"));
    };
    server.onHandle = (response) => {
      response.resume();
      response.head(200, new HeaderMap());
    };
    stream.write(bytes("ping"));
    // Each look is a timer's turn.
    while (rounds <= 100) await tick(1);
    stop = true;
    await tick();
    expect(client.log.lines).not.toContain("client error");
  });

  it("refuses requests after close()", async () => {
    const log = new Log();
    const http = createInProcessHttpClient(new Server(log) as unknown as Router);
    http.close?.();
    const client = new Client(log);
    http.request(post, client).end(bytes("x"));
    expect(log.lines).toEqual([]);
    await tick();
    expect(log.lines).toEqual(["client error lost undefined"]);
    expect(client.failure?.message).toBe("the transport is closed");
  });
});
