import { describe, expect, test } from "@jest/globals";
import { data, frame, headers, rst, windowUpdate } from "../testing/http2-frames.js";
import { requestFields, responseFields } from "../testing/http2-pair.js";
import { serverWire } from "../testing/http2-wire.js";

const request = (id: number, flags = 4): Uint8Array => headers(id, requestFields, flags);

describe("a server's connection that shuts down", () => {
  test("names no last stream first, and the real one after a round trip", () => {
    const wire = serverWire();
    wire.send(request(1));
    wire.connection.shutdown();
    wire.connection.shutdown();
    const chunks = wire.output();
    const sent = chunks.flatMap((chunk) => [...chunk]);
    wire.send(request(3), frame(6, 1, 0, sent.slice(-8)));
    expect(wire.lines()).toEqual(["GOAWAY 3 NO_ERROR: "]);
    wire.send(request(5), data(5, [1]), rst(5, 8));
    expect(wire.lines()).toEqual([]);
    expect(wire.host.streams).toHaveLength(2);
    for (const stream of wire.host.streams) stream.reset(8);
    expect(wire.host.ended).toEqual({ code: 0, by: "local", message: "the connection was shut down" });
    expect(wire.host.streams[1]?.events.at(-1)).toBe("close");
  });

  test("does not wait for a PING that is not answered", () => {
    const wire = serverWire();
    wire.connection.shutdown();
    expect(wire.lines()).toEqual(["GOAWAY 2147483647 NO_ERROR: ", "PING"]);
    expect(wire.connection.nextDue()).toBe(1000);
    expect(wire.wait(1000).lines()).toEqual(["GOAWAY 0 NO_ERROR: "]);
    expect(wire.host.events.at(-1)).toBe("closed 0 by local");
  });

  describe("when it has answered", () => {
    /** A connection whose last request was answered after the GOAWAY that names no last stream. */
    function answered(): ReturnType<typeof serverWire> {
      const wire = serverWire();
      wire.send(request(1, 5));
      wire.connection.shutdown(false);
      wire.output();
      wire.host.streams[0]?.sendHead(responseFields, true);
      return wire;
    }

    test("stays until the client has read that, as it answers a PING", () => {
      const wire = answered();
      const sent = wire.output().flatMap((chunk) => [...chunk]);
      expect(wire.connection.closed).toBe(false);
      wire.send(request(3));
      expect(wire.connection.closed).toBe(false);
      wire.send(frame(6, 1, 0, sent.slice(-8)));
      expect(wire.host.ended).toEqual({ code: 0, by: "local", message: "the connection was shut down" });
    });

    test("leaves a client that is silent for a minute, or never answers", () => {
      const silent = answered();
      silent.wait(50_000).send(windowUpdate(0, 1));
      expect(silent.wait(59_999).connection.closed).toBe(false);
      expect(silent.wait(1).host.ended).toMatchObject({ code: 0, by: "local" });
      const slow = answered();
      for (let second = 0; second < 590; second += 10) slow.wait(10_000).send(windowUpdate(0, 1));
      expect(slow.connection.closed).toBe(false);
      expect(slow.wait(10_000).host.ended).toMatchObject({ code: 0, by: "local" });
    });

    test.each([
      [60_000, {}],
      [1_000, { stalledTimeoutMs: 1_000 }],
    ])("leaves at once when that was %d ms ago", (ms, options) => {
      for (const [wait, isLeft] of [
        [ms - 1, false],
        [ms, true],
      ] as const) {
        const wire = serverWire(options);
        wire.send(request(1, 5));
        wire.host.streams[0]?.sendHead(responseFields, true);
        wire.wait(wait).connection.shutdown(false);
        expect(wire.connection.closed).toBe(isLeft);
      }
    });
  });

  test("takes what a client sends that is slow to read, as long as it has calls", () => {
    const wire = serverWire();
    wire.send(request(1));
    wire.connection.shutdown();
    expect(wire.lines()).toEqual(["GOAWAY 2147483647 NO_ERROR: ", "PING"]);
    expect(wire.wait(1000).lines()).toEqual([]);
    wire.send(request(3));
    for (const stream of wire.host.streams) stream.reset(8);
    expect(wire.lines()).toEqual(["RST_STREAM 1 CANCEL", "RST_STREAM 3 CANCEL"]);
    expect(wire.connection.nextDue()).toBe(2000);
    expect(wire.wait(1000).lines()).toEqual(["GOAWAY 3 NO_ERROR: "]);
  });

  test("does not take them for ever", () => {
    const wire = serverWire();
    wire.send(request(1));
    wire.connection.shutdown();
    wire.output();
    for (let second = 1; second < 10; second++) expect(wire.wait(1000).lines()).toEqual([]);
    expect(wire.wait(1000).lines()).toEqual(["GOAWAY 1 NO_ERROR: "]);
  });

  test("names the last stream at once when it is told so", () => {
    const wire = serverWire();
    wire.send(request(1));
    wire.connection.shutdown(false);
    expect(wire.lines()).toEqual(["GOAWAY 1 NO_ERROR: "]);
  });
});
