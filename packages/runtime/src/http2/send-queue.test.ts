import { describe, expect, test } from "@jest/globals";
import { frame, headers, settings, windowUpdate } from "../testing/http2-frames.js";
import { bytesOf, type RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { serverWire, type Wire } from "../testing/http2-wire.js";
import type { ServerConnection } from "./server-connection.js";

const large = 0x7fff_0000;
/** A client that takes anything, in frames of 16 KiB unless it says otherwise. */
const generous = [4, large, 5, 16_384] as const;

/** Streams whose response's head is sent. */
function streams(wire: Wire<ServerConnection>, count: number): RecordedStream[] {
  for (let i = 0; i < count; i++) wire.send(headers(2 * i + 1, requestFields, 5));
  for (const stream of wire.host.streams) stream.sendHead(responseFields);
  wire.output();
  return wire.host.streams;
}

function generousWire(entries: readonly number[] = generous): Wire<ServerConnection> {
  return serverWire({}, entries).send(windowUpdate(0, large));
}

const dataLines = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("DATA"));

describe("what is sent on streams", () => {
  test("goes in turns of one frame for each stream", () => {
    const wire = generousWire();
    for (const stream of streams(wire, 3)) stream.sendEnd(new Uint8Array(40_000));
    expect(wire.lines()).toEqual([
      "DATA 1 16384",
      "DATA 3 16384",
      "DATA 5 16384",
      "DATA 1 16384",
      "DATA 3 16384",
      "DATA 5 16384",
      "DATA 1 7232 END_STREAM",
      "DATA 3 7232 END_STREAM",
      "DATA 5 7232 END_STREAM",
    ]);
  });

  test.each([16_384, 65_536])(
    "goes on with messages of %d bytes and their prefixes until the output is full",
    (size) => {
      const wire = generousWire([4, large, 5, size]);
      const [stream] = streams(wire, 1);
      let sent = 1;
      while (stream?.sendData(new Uint8Array(size + 9)) === true) sent++;
      expect((sent - 1) * size).toBeGreaterThanOrEqual(450_000);
      expect(sent * size).toBeLessThanOrEqual(800_000);
      expect(dataLines(wire.lines()).slice(0, 4)).toEqual([`DATA 1 ${size}`, "DATA 1 9", `DATA 1 ${size}`, "DATA 1 9"]);
    },
  );

  test("waits for its turn when it is a frame and a prefix, and others wait for theirs", () => {
    const wire = generousWire();
    const [first, second] = streams(wire, 2);
    first?.sendData(new Uint8Array(40_000));
    second?.sendData(new Uint8Array(16_393));
    expect(wire.lines()).toEqual(["DATA 1 16384", "DATA 3 16384", "DATA 1 16384", "DATA 3 9", "DATA 1 7232"]);
  });

  test("is cut where the stream's window ends, also when only its last few bytes are too many", () => {
    const wire = serverWire({}, [4, 16_384]).send(windowUpdate(0, large));
    const [stream] = streams(wire, 1);
    stream?.sendData(new Uint8Array(16_393));
    expect(wire.lines()).toEqual(["DATA 1 16384"]);
    expect(wire.send(windowUpdate(1, 100)).lines()).toEqual(["DATA 1 9"]);
  });

  test("does not wait behind large bodies when it is small", () => {
    const wire = generousWire();
    const [first, second, third] = streams(wire, 3);
    first?.sendData(new Uint8Array(5_000_000));
    second?.sendData(new Uint8Array(5_000_000));
    wire.connection.takeOutput();
    third?.sendEnd(bytesOf("small"));
    expect(dataLines(wire.connection.takeOutput().length === 0 ? [] : ["taken"])).toEqual([]);
    wire.connection.written();
    expect(dataLines(wire.lines())[0]).toBe("DATA 5 5 END_STREAM");
  });

  test("does not starve large bodies by many small ones", () => {
    const wire = generousWire();
    const all = streams(wire, 41);
    all[0]?.sendData(new Uint8Array(5_000_000));
    wire.connection.takeOutput();
    for (const stream of all.slice(1)) stream.sendData(new Uint8Array(16_384));
    wire.connection.written();
    const lines = dataLines(wire.lines());
    const turns = lines.flatMap((line, i) => (line.startsWith("DATA 1 ") ? [i] : []));
    expect(turns[0]).toBeLessThanOrEqual(9);
  });

  test("uses frames as large as the peer takes, up to 64 KiB", () => {
    const wire = generousWire([4, large, 5, 1_000_000]);
    const [stream] = streams(wire, 1);
    stream?.sendEnd(new Uint8Array(100_000));
    expect(wire.lines()).toEqual(["DATA 1 65536", "DATA 1 34464 END_STREAM"]);
  });

  test("gathers small pieces into one frame, also those that had to wait", () => {
    const wire = serverWire();
    wire.send(settings([4, 0]));
    const [stream] = streams(wire, 1);
    for (let i = 0; i < 100; i++) stream?.sendData(Uint8Array.of(i));
    wire.output();
    wire.send(windowUpdate(1, 1000));
    stream?.sendData(Uint8Array.of(100));
    expect(wire.lines()).toEqual(["DATA 1 101"]);
  });

  test("keeps to the stream's window, and goes on when it opens", () => {
    const wire = serverWire({}, [4, 10]);
    const [stream] = streams(wire, 1);
    stream?.sendEnd(bytesOf("hello world, and all"));
    expect(wire.lines()).toEqual(["DATA 1 10"]);
    expect(wire.lines()).toEqual([]);
    expect(wire.send(windowUpdate(1, 4)).lines()).toEqual(["DATA 1 4"]);
    expect(wire.send(windowUpdate(1, 100)).lines()).toEqual(["DATA 1 6 END_STREAM"]);
  });

  test("keeps to the connection's window, which is shared", () => {
    const wire = serverWire({}, [4, large]);
    const [first, second] = streams(wire, 2);
    first?.sendEnd(new Uint8Array(65_000));
    second?.sendEnd(new Uint8Array(1000));
    expect(dataLines(wire.lines()).reduce((sum, line) => sum + Number(line.split(" ")[2]), 0)).toBe(65_535);
    const rest = dataLines(wire.send(windowUpdate(0, 10_000)).lines());
    expect(rest.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0)).toBe(465);
    expect(wire.connection.openStreams).toBe(0);
  });

  test("goes on below zero when SETTINGS take the window back", () => {
    const wire = serverWire({}, [4, 100]);
    const [stream] = streams(wire, 1);
    stream?.sendData(new Uint8Array(300));
    wire.output();
    wire.send(settings([4, 50]));
    expect(wire.connection.streams.get(1)?.sendWindow).toBe(-50);
    expect(dataLines(wire.send(windowUpdate(1, 50)).lines())).toEqual([]);
    expect(dataLines(wire.send(windowUpdate(1, 7)).lines())).toEqual(["DATA 1 7"]);
    expect(dataLines(wire.send(settings([4, 1000])).lines())).toEqual(["DATA 1 193"]);
  });

  test("ends the connection when SETTINGS raise a window above 2^31 - 1", () => {
    const wire = serverWire();
    streams(wire, 1);
    wire.send(windowUpdate(1, 0x7fff_ffff - 65_535));
    expect(wire.send(settings([4, 65_536])).lines()).toEqual([
      "GOAWAY 1 FLOW_CONTROL_ERROR: a stream's window exceeds 2^31 - 1",
    ]);
  });

  test("asks to wait when 64 KiB are waiting, and says when to go on", () => {
    const wire = serverWire({}, [4, 1000]);
    const [stream] = streams(wire, 1);
    expect(stream?.sendData(new Uint8Array(60_000))).toBe(true);
    expect(stream?.sendData(new Uint8Array(10_000))).toBe(false);
    wire.output();
    wire.send(windowUpdate(1, 50_000)).output();
    expect(stream?.events).not.toContain("drain");
    wire.send(windowUpdate(1, 5000)).output();
    expect(stream?.events.filter((event) => event === "drain")).toHaveLength(1);
  });

  test("waits while the transport has not taken what it has", () => {
    const wire = generousWire();
    const [stream] = streams(wire, 1);
    const body = new Uint8Array(16_384);
    let accepted = 0;
    while (stream?.sendData(body)) accepted++;
    let taken = 0;
    for (let chunks = wire.connection.takeOutput(); chunks.length > 0; chunks = wire.connection.takeOutput()) {
      for (const chunk of chunks) taken += chunk.length;
    }
    expect(taken).toBeLessThan(600_000);
    expect(accepted).toBeLessThan(60);
    const before = wire.host.flushes;
    wire.connection.written();
    expect(wire.host.flushes).toBe(before + 1);
    wire.connection.takeOutput();
    expect(stream?.events).toContain("drain");
  });

  test("is dropped with a stream that is reset, and others go on", () => {
    const wire = serverWire({}, [4, large]);
    const [first, second] = streams(wire, 2);
    first?.sendData(new Uint8Array(200_000));
    wire.output();
    second?.sendEnd(new Uint8Array(10));
    first?.reset(8);
    expect(wire.send(windowUpdate(0, 100_000)).lines()).toEqual(["RST_STREAM 1 CANCEL", "DATA 3 10 END_STREAM"]);
  });

  test("sends trailers behind the data that waits", () => {
    const wire = serverWire({}, [4, 5]);
    const [stream] = streams(wire, 1);
    stream?.sendEnd(bytesOf("1234567"), ["grpc-status", "0"]);
    expect(wire.lines()).toEqual(["DATA 1 5"]);
    expect(wire.send(windowUpdate(1, 5)).lines()).toEqual(["DATA 1 2", "HEADERS 1 END_STREAM"]);
  });

  test("resets a stream of which the peer takes nothing for too long", () => {
    const wire = serverWire({ stalledTimeoutMs: 1000 }, [4, 5]);
    const [first, second] = streams(wire, 2);
    first?.sendData(new Uint8Array(100));
    second?.sendData(new Uint8Array(100));
    wire.output();
    for (let ms = 0; ms < 900; ms += 100) wire.wait(100).send(windowUpdate(3, 1)).output();
    expect(first?.lost).toBeUndefined();
    expect(wire.connection.nextDue()).toBeLessThanOrEqual(1250);
    wire.wait(350);
    expect(wire.lines()).toEqual(["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
    expect(first?.lost?.message).toBe("the peer did not read the stream for too long");
    expect(second?.lost).toBeUndefined();
  });

  test("one flush is asked for until the output is taken", () => {
    const wire = generousWire();
    const all = streams(wire, 10);
    const before = wire.host.flushes;
    for (const stream of all) stream.sendEnd(bytesOf("a"));
    expect(wire.host.flushes).toBe(before + 1);
    wire.output();
    wire.send(frame(6, 0, 0, new Uint8Array(8)));
    expect(wire.host.flushes).toBe(before + 2);
  });
});
