import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { bytes, connect, post, tick } from "../testing/in-process-fixtures.js";

describe("the in-process HTTP client", () => {
  it("carries a whole request and response, each delivery in a turn of its own", async () => {
    const { log, server, stream } = connect();
    server.onHandle = (response) => log.calling(() => response.resume());
    log.calling(() => stream.end(bytes("ping")));
    await tick();
    log.calling(() => {
      server.stream.respond(200, new HeaderMap({ a: "1" }), bytes("pong"), new HeaderMap({ "grpc-status": "0" }));
    });
    expect(log.lines).toEqual(["server POST /a.S/M?x=1", "server data ping", "server end"]);
    await tick();
    expect(log.lines.slice(3)).toEqual([
      "client head 200 a,1",
      "client data pong",
      "client end grpc-status,0",
      "server closed",
    ]);
    expect(log.reentered).toBe(false);
  });

  it("has trailers and full duplex on both sides, and no HTTP version", async () => {
    const { server, stream } = connect();
    stream.flushHead();
    await tick();
    expect(server.request).toMatchObject({
      httpVersion: undefined,
      trailers: true,
      fullDuplex: true,
      address: "in-process",
      url: "http://in-process/a.S/M?x=1",
      tls: undefined,
    });
    expect(stream.remote()).toEqual({ address: "in-process", httpVersion: undefined });
  });

  it("gives the server headers of its own", async () => {
    const { server, stream } = connect();
    stream.end();
    await tick();
    expect(server.request.headers.get("content-type")).toBe("application/grpc");
    server.request.headers.set("content-type", "changed");
    expect(post.headers.get("content-type")).toBe("application/grpc");
  });

  it("reads no byte of the request before the server resumes", async () => {
    const { log, server, stream } = connect();
    stream.end(bytes("body"));
    await tick();
    expect(log.lines).toEqual(["server POST /a.S/M?x=1"]);
    log.calling(() => server.stream.resume());
    await tick();
    expect(log.lines.slice(1)).toEqual(["server data body", "server end"]);
    expect(log.reentered).toBe(false);
  });

  it("passes bytes on without a copy", async () => {
    const { client, server, stream } = connect();
    const request = bytes("request");
    const response = bytes("response");
    stream.end(request);
    await tick();
    server.stream.resume();
    server.stream.respond(200, new HeaderMap(), response);
    await tick();
    expect(server.chunks).toEqual([]);
    expect(client.chunks[0]).toBe(response);
    const second = connect();
    second.stream.write(request);
    await tick();
    second.server.stream.resume();
    await tick();
    expect(second.server.chunks[0]).toBe(request);
  });

  it("flows both ways at once", async () => {
    const { log, server, stream } = connect();
    stream.write(bytes("q1"));
    await tick();
    server.stream.resume();
    server.stream.head(200, new HeaderMap());
    server.stream.write(bytes("r1"));
    await tick();
    stream.write(bytes("q2"));
    await tick();
    server.stream.write(bytes("r2"));
    stream.end();
    await tick();
    server.stream.end(undefined, new HeaderMap({ t: "1" }));
    await tick();
    expect(log.lines.slice(1)).toEqual([
      "server data q1",
      "client head 200 ",
      "client data r1",
      "server data q2",
      "client data r2",
      "server end",
      "client end t,1",
      "server closed",
    ]);
  });

  it("answers 404 for a path that the router does not know", async () => {
    const { log, stream } = connect({ ...post, path: "/other" });
    stream.end();
    await tick();
    expect(log.lines).toEqual(["server POST /other", "client head 404 ", "client end ", "server closed"]);
  });

  it("accepts 16 KiB of a request, and tells when more can be written", async () => {
    const { log, server, stream } = connect();
    expect(stream.write(new Uint8Array(16 * 1024 - 1))).toBe(true);
    expect(stream.write(new Uint8Array(1))).toBe(false);
    await tick();
    expect(log.lines).not.toContain("client drain");
    server.stream.resume();
    await tick();
    expect(log.lines.at(-1)).toBe("client drain");
    expect(stream.write(new Uint8Array(1000))).toBe(true);
  });

  it("accepts 16 KiB of a response while the client is paused, and tells when more can be written", async () => {
    const { log, client, server, stream } = connect();
    stream.end();
    stream.pause();
    await tick();
    server.stream.head(200, new HeaderMap());
    expect(server.stream.write(new Uint8Array(100_000))).toBe(false);
    await tick();
    expect(client.chunks).toEqual([]);
    expect(log.lines.at(-1)).toBe("client head 200 ");
    log.calling(() => stream.resume());
    expect(client.chunks).toEqual([]);
    await tick();
    expect(client.chunks.length).toBe(1);
    expect(log.lines.at(-1)).toBe("server drain");
  });

  it("stops between two chunks when the reader pauses in data()", async () => {
    const { client, server, stream } = connect();
    stream.end();
    await tick();
    client.data = (chunk) => {
      client.chunks.push(chunk);
      stream.pause();
    };
    server.stream.head(200, new HeaderMap());
    for (const text of ["1", "2", "3"]) server.stream.write(bytes(text));
    server.stream.end();
    await tick();
    expect(client.chunks).toEqual([bytes("1")]);
    stream.resume();
    await tick();
    expect(client.chunks).toEqual([bytes("1"), bytes("2")]);
    expect(client.log.lines).not.toContain("client end ");
    stream.resume();
    await tick();
    stream.resume();
    await tick();
    expect(client.chunks.length).toBe(3);
    expect(client.log.lines.at(-2)).toBe("client end ");
  });
});
