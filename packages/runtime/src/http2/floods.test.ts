import { describe, expect, test } from "@jest/globals";
import {
  concat,
  data,
  frame,
  goaway,
  headers,
  ping,
  rst,
  settings,
  settingsAck,
  u32,
  windowUpdate,
} from "../testing/http2-frames.js";
import { RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { clientWire, serverWire, type Wire } from "../testing/http2-wire.js";
import type { ServerConnection } from "./server-connection.js";

const request = (id: number, flags = 4): Uint8Array => headers(id, requestFields, flags);

/** Sends up to `most` times what `make` gives, each time read by the peer; the text of the GOAWAY, if one came. */
function flood(wire: Wire<ServerConnection>, most: number, make: (i: number) => Uint8Array, everyMs = 0): string {
  for (let i = 0; i < most && !wire.connection.closed; i++) {
    wire.wait(everyMs).send(make(i));
    if (!wire.connection.closed) wire.output();
  }
  return wire.lines().at(-1) ?? "nothing";
}

describe("a flood ends the connection with ENHANCE_YOUR_CALM", () => {
  test.each<[string, number, (i: number) => Uint8Array]>([
    ["PING frames", 1000, () => ping()],
    ["PING frames", 1000, () => ping(1)],
    ["SETTINGS frames", 200, (i) => settings([1, i % 2 === 0 ? 0 : 4096])],
    ["PRIORITY frames", 500, () => frame(2, 0, 5, [0, 0, 0, 3, 1])],
    ["PRIORITY frames", 500, () => frame(16, 0, 0, [...u32(1), 0x75])],
    ["WINDOW_UPDATE frames", 4000, () => windowUpdate(0, 1)],
    ["frames of unknown types", 500, () => frame(77, 0, 0)],
    ["GOAWAY frames", 20, () => goaway(0)],
    ["streams were opened beyond the limit", 2000, (i) => request(2 * i + 3)],
    ["frames for streams that are over", 2000, () => rst(1, 8)],
  ])("of %s, after %d", (what, burst, make) => {
    const wire = serverWire({ maxConcurrentStreams: 0 });
    wire.send(request(1));
    expect(flood(wire, burst - 10, make)).not.toContain("GOAWAY");
    expect(flood(wire, 30, (i) => make(i + burst))).toMatch(
      new RegExp(`GOAWAY .* ENHANCE_YOUR_CALM: too many ${what}$`),
    );
    expect(wire.host.ended).toMatchObject({ code: 11, by: "local" });
  });

  test.each<[string, () => Uint8Array]>([
    ["empty DATA", () => data(1, [])],
    ["DATA of padding alone", () => frame(0, 8, 1, [200, ...new Uint8Array(200)])],
  ])("of %s", (_name, make) => {
    const wire = serverWire();
    wire.send(request(1));
    expect(flood(wire, 490, make)).not.toContain("GOAWAY");
    expect(flood(wire, 30, make)).toContain("ENHANCE_YOUR_CALM: too many empty frames");
  });

  test("of streams that are reset at once: first in order, then at once", () => {
    const wire = serverWire();
    const make = (i: number): Uint8Array => concat(request(2 * i + 1), rst(2 * i + 1, 8));
    const goaways: string[] = [];
    for (let i = 0; i < 1500 && !wire.connection.closed; i++) {
      wire.send(make(i));
      goaways.push(...wire.lines().filter((line) => line.startsWith("GOAWAY")));
    }
    expect(goaways).toEqual(["GOAWAY 1499 NO_ERROR: too many streams were reset"]);
    expect(wire.host.streams).toHaveLength(750);
    expect(wire.host.ended).toMatchObject({ code: 0, by: "local" });
  });

  test("of streams that are reset at once does not end the calls beside them", () => {
    const wire = serverWire();
    wire.send(request(1, 5));
    for (let i = 1; i < 900; i++) wire.send(request(2 * i + 1), rst(2 * i + 1, 8));
    expect(wire.connection.closed).toBe(false);
    wire.host.streams[0]?.sendHead(responseFields, true);
    expect(wire.lines().slice(-3)).toEqual([
      "GOAWAY 1501 NO_ERROR: too many streams were reset",
      "HEADERS 1 END_STREAM",
      "PING",
    ]);
    expect(wire.host.streams[0]?.events.at(-1)).toBe("close");
  });

  test.each<[string, (id: number) => Uint8Array]>([
    ["a window of 0", (id) => concat(request(id), windowUpdate(id, 0))],
    ["a window that is too large", (id) => concat(request(id), windowUpdate(id, 0x7fff_ffff))],
    ["a malformed head", (id) => headers(id, ["a", "b"])],
    ["an empty head", (id) => frame(1, 5, id)],
    ["a head too large", (id) => headers(id, [...requestFields, "a", "b".repeat(600)])],
    ["DATA after the end", (id) => concat(request(id, 5), data(id, [1]))],
    ["a priority on itself", (id) => concat(request(id), frame(2, 0, id, [...u32(id), 1]))],
  ])("of resets that the peer provokes by %s", (_name, make) => {
    const wire = serverWire({ limits: { maxHeaderBytes: 500 } });
    wire.send(request(1));
    let resets = 0;
    for (let i = 1; i < 2000 && !wire.connection.closed; i++) {
      wire.send(make(2 * i + 1));
      resets += wire.lines().filter((line) => line.startsWith("RST_STREAM")).length;
    }
    expect(wire.connection.finalGoaway).toBe(true);
    expect(wire.host.streams.length).toBeLessThan(510);
    expect(resets).toBeLessThan(510);
  });

  test("of SETTINGS with many entries", () => {
    const wire = serverWire();
    wire.send(settings(Array.from({ length: 130 }, () => 99)));
    expect(wire.lines()).toEqual(["GOAWAY 0 ENHANCE_YOUR_CALM: SETTINGS with more than 64 entries"]);
  });

  test("of windows dribbled byte by byte", () => {
    const wire = serverWire({}, [4, 0]);
    wire.send(request(1, 5));
    const [stream] = wire.host.streams;
    stream?.sendHead(responseFields);
    stream?.sendData(new Uint8Array(100_000));
    let frames = 0;
    for (; frames < 20_000 && !wire.connection.closed; frames++) wire.send(windowUpdate(1, 1)).output();
    expect(frames).toBeLessThan(4100);
  });

  test("of interim heads, at a client", () => {
    const wire = clientWire();
    wire.connection.request(new RecordedStream(), requestFields, true);
    wire.output();
    for (let i = 0; i < 600 && !wire.connection.closed; i++) wire.send(headers(1, [":status", "103"]));
    expect(wire.lines()).toEqual(["GOAWAY 0 ENHANCE_YOUR_CALM: too many 1xx heads"]);
  });
});

describe("a peer that does not read", () => {
  test.each<[string, () => Uint8Array]>([
    ["PING", () => concat(...Array.from({ length: 100 }, () => ping()))],
    ["SETTINGS", () => concat(...Array.from({ length: 100 }, () => settings()))],
  ])("and floods with %s costs at most what its answers may pile up to", (_name, make) => {
    const endless = { burst: Number.MAX_SAFE_INTEGER, perSecond: 0 };
    const wire = serverWire({ limits: { pings: endless, settings: endless, maxUnsentControlBytes: 50_000 } });
    for (let i = 0; i < 1000 && !wire.connection.closed; i++) {
      wire.send(make());
      wire.connection.takeOutput();
    }
    expect(wire.host.ended).toMatchObject({ code: 11, message: "the peer does not read what it asks for" });
    expect(wire.connection.unsentBytes).toBeLessThan(60_000);
  });

  test("holds back the bodies of its responses, and its streams stay open", () => {
    const wire = serverWire({ maxConcurrentStreams: 100 }, [4, 0x7fff_ffff]);
    wire.send(windowUpdate(0, 0x7fff_0000));
    for (let i = 0; i < 300; i++) {
      wire.send(request(2 * i + 1, 5));
      const stream = wire.host.streams.at(-1);
      stream?.sendHead(responseFields);
      stream?.sendEnd(new Uint8Array(60_000));
      wire.connection.takeOutput();
    }
    expect(wire.connection.unsentBytes).toBeLessThan(700_000);
    expect(wire.connection.openStreams).toBe(100);
  });
});

describe("what real peers do is no flood", () => {
  test("a PING for each frame of data, as grpc-go estimates bandwidth", () => {
    const wire = serverWire();
    wire.send(request(1));
    for (let i = 0; i < 4000; i++) wire.send(data(1, [1, 2, 3]), ping()).output();
    expect(wire.connection.closed).toBe(false);
  });

  test("two WINDOW_UPDATE frames for each message that they read", () => {
    const wire = serverWire({}, [4, 1 << 30]);
    wire.send(request(1, 5));
    const [stream] = wire.host.streams;
    stream?.sendHead(responseFields);
    for (let i = 0; i < 6000; i++) {
      stream?.sendData(new Uint8Array(100));
      wire.output();
      wire.send(windowUpdate(0, 100), windowUpdate(1, 100));
    }
    expect(wire.connection.closed).toBe(false);
  });

  test("pings that keep a connection alive for hours", () => {
    const wire = serverWire();
    for (let i = 0; i < 3000; i++) wire.wait(10_000).send(ping()).output();
    expect(wire.connection.closed).toBe(false);
  });

  test("cancelled calls, 50 in each second", () => {
    const wire = serverWire();
    for (let i = 0; i < 2500; i++)
      wire
        .wait(20)
        .send(request(2 * i + 1), rst(2 * i + 1, 8))
        .output();
    expect(wire.connection.finalGoaway).toBe(false);
    expect(wire.connection.counters.resets.total).toBe(2500);
  });

  test("an acknowledgement more than SETTINGS", () => {
    const wire = serverWire();
    expect(wire.send(settingsAck, settingsAck).lines()).toEqual([]);
  });
});

describe("streams that are over", () => {
  test("may get late resets and credit, a few for each of them", () => {
    const wire = serverWire();
    for (let i = 0; i < 5000; i++) {
      const id = 2 * i + 1;
      wire.send(request(id, 5));
      const stream = wire.host.streams.pop();
      stream?.sendHead(responseFields);
      stream?.sendEnd(new Uint8Array(10));
      wire.send(windowUpdate(id, 10), rst(id, 8)).output();
    }
    expect(wire.connection.closed).toBe(false);
  });

  test("may have much data on its way when a client breaks them off", () => {
    const wire = clientWire();
    const calls = Array.from({ length: 100 }, () => new RecordedStream());
    for (const call of calls) wire.connection.request(call, requestFields, true);
    for (const call of calls) call.reset(8);
    wire.output();
    for (const { id } of calls) for (let i = 0; i < 600; i++) wire.send(data(id, [1, 2, 3]));
    expect(wire.connection.closed).toBe(false);
  });

  test("of a server that answers everything wrongly do not end the connection", () => {
    const wire = clientWire();
    for (let i = 0; i < 3000; i++) {
      wire.connection.request(new RecordedStream(), requestFields, true);
      wire.send(headers(2 * i + 1, ["a", "b"])).output();
    }
    expect(wire.connection.closed).toBe(false);
    expect(wire.connection.counters.provokedResets.total).toBe(3000);
  });
});
