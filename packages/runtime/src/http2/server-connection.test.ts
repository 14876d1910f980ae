import { describe, expect, test } from "@jest/globals";
import {
  data,
  frame,
  goaway,
  headers,
  ping,
  preface,
  rst,
  settings,
  settingsAck,
  u32,
  windowUpdate,
} from "../testing/http2-frames.js";
import { bytesOf, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { serverWire, Wire } from "../testing/http2-wire.js";
import { ServerConnection } from "./server-connection.js";

const raw = (): Wire<ServerConnection> => new Wire((host) => new ServerConnection(host));
const request = (id: number, flags = 4): Uint8Array => headers(id, requestFields, flags);

describe("a server's connection", () => {
  test("says first what it allows", () => {
    expect(raw().lines()).toEqual(["SETTINGS", "WINDOW_UPDATE 0 42008577"]);
  });

  test("answers SETTINGS and PING", () => {
    const wire = raw();
    wire.output();
    expect(wire.send(preface, settings(), ping()).lines()).toEqual(["SETTINGS ACK", "PING ACK"]);
    expect(wire.host.events).toEqual(["settings"]);
  });

  test.each<[string, string, readonly Uint8Array[]]>([
    ["another protocol", "PROTOCOL_ERROR: the client does not speak HTTP/2", [bytesOf("GET / HTTP/1.1\r\n\r\n")]],
    ["a frame before SETTINGS", "PROTOCOL_ERROR: the first frame is not SETTINGS", [preface, ping()]],
    ["an ACK before SETTINGS", "PROTOCOL_ERROR: the first frame is not SETTINGS", [preface, settingsAck]],
  ])("refuses %s", (_name, error, frames) => {
    const wire = raw();
    wire.output();
    expect(wire.send(...frames).lines()).toEqual([`GOAWAY 0 ${error}`]);
    expect(wire.host.events).toEqual(["closed 1 by local"]);
  });

  test.each<[string, string, Uint8Array]>([
    ["a request on an even stream", "0 PROTOCOL_ERROR: a request on an even stream", request(2)],
    ["a push", "0 PROTOCOL_ERROR: a PUSH_PROMISE frame where none is allowed", frame(5, 4, 1, u32(2))],
    ["DATA on an idle stream", "0 PROTOCOL_ERROR: a frame for a stream that was never opened", data(1, [1])],
    ["RST_STREAM on an idle stream", "0 PROTOCOL_ERROR: a frame for a stream that was never opened", rst(1, 8)],
    [
      "WINDOW_UPDATE on an idle stream",
      "0 PROTOCOL_ERROR: a frame for a stream that was never opened",
      windowUpdate(1, 1),
    ],
    ["WINDOW_UPDATE of 0", "0 PROTOCOL_ERROR: a WINDOW_UPDATE of 0", windowUpdate(0, 0)],
    ["a window above 2^31 - 1", "0 FLOW_CONTROL_ERROR: the window exceeds 2^31 - 1", windowUpdate(0, 0x7fff_ffff)],
    ["SETTINGS on a stream", "0 PROTOCOL_ERROR: a SETTINGS frame on a stream that cannot have one", frame(4, 0, 1)],
    ["SETTINGS of 5 bytes", "0 FRAME_SIZE_ERROR: a SETTINGS frame of 5 bytes", frame(4, 0, 0, [1, 2, 3, 4, 5])],
    [
      "an ACK with settings",
      "0 FRAME_SIZE_ERROR: a SETTINGS with ACK frame of 6 bytes",
      frame(4, 1, 0, [0, 4, 0, 0, 0, 1]),
    ],
    ["ENABLE_PUSH of 2", "0 PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH is 2", settings([2, 2])],
    [
      "an initial window of 2^31",
      "0 FLOW_CONTROL_ERROR: SETTINGS_INITIAL_WINDOW_SIZE is 2147483648",
      settings([4, 0x8000_0000]),
    ],
    ["frames of 16383 bytes", "0 PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is 16383", settings([5, 16_383])],
    ["frames of 2^24 bytes", "0 PROTOCOL_ERROR: SETTINGS_MAX_FRAME_SIZE is 16777216", settings([5, 16_777_216])],
    [
      "PING on a stream",
      "0 PROTOCOL_ERROR: a PING frame on a stream that cannot have one",
      frame(6, 0, 1, new Uint8Array(8)),
    ],
    ["PING of 7 bytes", "0 FRAME_SIZE_ERROR: a PING frame of 7 bytes", frame(6, 0, 0, new Uint8Array(7))],
    [
      "GOAWAY on a stream",
      "0 PROTOCOL_ERROR: a GOAWAY frame on a stream that cannot have one",
      frame(7, 0, 1, new Uint8Array(8)),
    ],
    ["GOAWAY of 7 bytes", "0 FRAME_SIZE_ERROR: a GOAWAY frame of 7 bytes", frame(7, 0, 0, new Uint8Array(7))],
    ["RST_STREAM on stream 0", "0 PROTOCOL_ERROR: a RST_STREAM frame on a stream that cannot have one", rst(0, 8)],
    ["RST_STREAM of 3 bytes", "0 FRAME_SIZE_ERROR: a RST_STREAM frame of 3 bytes", frame(3, 0, 1, [0, 0, 8])],
    [
      "WINDOW_UPDATE of 5 bytes",
      "0 FRAME_SIZE_ERROR: a WINDOW_UPDATE frame of 5 bytes",
      frame(8, 0, 0, [0, 0, 0, 1, 0]),
    ],
    [
      "PRIORITY on stream 0",
      "0 PROTOCOL_ERROR: a PRIORITY frame on a stream that cannot have one",
      frame(2, 0, 0, [0, 0, 0, 0, 1]),
    ],
    ["a broken header block", "0 COMPRESSION_ERROR: no entry has the index 0", frame(1, 4, 1, [0x80])],
  ])("ends at %s", (_name, error, bytes) => {
    const wire = serverWire();
    expect(wire.send(bytes).lines().at(-1)).toBe(`GOAWAY ${error}`);
    expect(wire.connection.closed).toBe(true);
    expect(wire.send(ping()).lines()).toEqual([]);
  });

  test.each([
    ["of 4 bytes", frame(2, 0, 3, [0, 0, 0, 0]), "FRAME_SIZE_ERROR"],
    ["on itself", frame(2, 0, 3, [0, 0, 0, 3, 5]), "PROTOCOL_ERROR"],
  ])("ends at a PRIORITY %s for a stream that was never opened, which cannot be reset", (_name, given, code) => {
    const wire = serverWire();
    expect(wire.send(request(1), given).lines()).toEqual([`GOAWAY 1 ${code}: a malformed PRIORITY frame`]);
  });

  test("ends at HEADERS on a stream that is over, but not on one that it has reset", () => {
    const wire = serverWire();
    wire.send(request(1, 5));
    (wire.host.streams[0] as RecordedStream).sendHead(responseFields, true);
    wire.send(request(3));
    wire.host.streams[1]?.reset(8);
    expect(wire.send(headers(3, ["a", "b"], 5)).lines()).toEqual(["HEADERS 1 END_STREAM", "RST_STREAM 3 CANCEL"]);
    expect(wire.send(request(1)).lines()).toEqual(["GOAWAY 3 STREAM_CLOSED: HEADERS on a closed stream"]);
  });

  test.each<[string, string, readonly Uint8Array[]]>([
    ["DATA after the end", "STREAM_CLOSED", [request(1, 5), data(1, [1])]],
    ["HEADERS after the end", "STREAM_CLOSED", [request(1, 5), headers(1, ["a", "b"], 5)]],
    ["HEADERS in the middle", "PROTOCOL_ERROR", [request(1), headers(1, ["a", "b"], 4)]],
    ["a pseudo-header field in trailers", "PROTOCOL_ERROR", [request(1), headers(1, [":path", "/"], 5)]],
    ["a WINDOW_UPDATE of 0", "PROTOCOL_ERROR", [request(1), windowUpdate(1, 0)]],
    ["a window above 2^31 - 1", "FLOW_CONTROL_ERROR", [request(1), windowUpdate(1, 0x7fff_ffff)]],
    ["a PRIORITY of 4 bytes", "FRAME_SIZE_ERROR", [request(1), frame(2, 0, 1, [0, 0, 0, 0])]],
    ["a PRIORITY on itself", "PROTOCOL_ERROR", [request(1), frame(2, 0, 1, [0, 0, 0, 1, 5])]],
    [
      "more bytes than the content-length",
      "PROTOCOL_ERROR",
      [headers(1, [...requestFields, "content-length", "1"]), data(1, [1, 2])],
    ],
    [
      "fewer bytes than the content-length",
      "PROTOCOL_ERROR",
      [headers(1, [...requestFields, "content-length", "3"]), data(1, [1, 2], 1)],
    ],
    [
      "fewer bytes before trailers",
      "PROTOCOL_ERROR",
      [headers(1, [...requestFields, "content-length", "3"]), data(1, [1]), headers(1, ["a", "b"], 5)],
    ],
    ["too large trailers", "ENHANCE_YOUR_CALM", [request(1), headers(1, ["a", "b".repeat(17_000)], 5)]],
  ])("resets a stream with %s, and tells its sink", (_name, code, frames) => {
    const wire = serverWire();
    const lines = wire.send(...frames).lines();
    expect(lines).toEqual([`RST_STREAM 1 ${code}`]);
    const [stream] = wire.host.streams;
    expect(stream?.lost).toMatchObject({ by: "local", unprocessed: false });
    expect(stream?.events.slice(-2)).toEqual([`reset ${stream?.lost?.code} by local`, "close"]);
    expect(wire.send(ping()).lines()).toEqual(["PING ACK"]);
  });

  test.each<[string, string, readonly string[]]>([
    ["without :method", "PROTOCOL_ERROR", [":scheme", "http", ":path", "/"]],
    ["CONNECT", "CONNECT_ERROR", [":method", "CONNECT", ":authority", "a:1"]],
    ["with a content-length and no body", "PROTOCOL_ERROR", [...requestFields, "content-length", "1"]],
    ["with too large a head", "ENHANCE_YOUR_CALM", [...requestFields, "a", "b".repeat(17_000)]],
    ["with too many fields", "ENHANCE_YOUR_CALM", [...requestFields, ...Array.from({ length: 260 }, () => "a")]],
  ])("refuses a request %s, and nobody sees it", (_name, code, fields) => {
    const wire = serverWire();
    expect(wire.send(headers(1, fields, 5)).lines()).toEqual([`RST_STREAM 1 ${code}`]);
    expect(wire.host.streams).toEqual([]);
  });

  test("refuses streams beyond its limit as never processed", () => {
    const wire = serverWire({ maxConcurrentStreams: 2 });
    expect(wire.send(request(1), request(3), request(5)).lines()).toEqual(["RST_STREAM 5 REFUSED_STREAM"]);
    wire.host.streams[0]?.reset(8);
    expect(wire.send(request(7)).lines()).toEqual(["RST_STREAM 1 CANCEL"]);
    expect(wire.host.streams).toHaveLength(3);
  });

  test("ignores priorities, unknown frames, unknown settings and the reserved bit", () => {
    const wire = serverWire();
    const reserved = request(1, 5);
    reserved[5] = 0x80;
    wire.send(
      frame(2, 0, 9, [0, 0, 0, 3, 5]),
      frame(77, 255, 1, [1]),
      settings([99, 7]),
      reserved,
      frame(16, 0, 0, u32(1)),
    );
    expect(wire.lines()).toEqual(["SETTINGS ACK"]);
    expect(wire.host.streams[0]?.events).toEqual(["head, ended", "end"]);
  });

  test("gives trailers of a request on", () => {
    const wire = serverWire();
    wire.send(request(1), data(1, [1, 2]), headers(1, ["x-sum", "3"], 5));
    expect(wire.host.streams[0]?.trailers).toEqual(["x-sum", "3"]);
  });

  test("answers in one go: head, body, trailers", () => {
    const wire = serverWire();
    wire.send(request(1, 5));
    const [stream] = wire.host.streams;
    stream?.sendHead(responseFields);
    stream?.sendEnd(bytesOf("hi"), ["grpc-status", "0"]);
    expect(wire.lines()).toEqual(["HEADERS 1", "DATA 1 2", "HEADERS 1 END_STREAM"]);
    expect(stream?.events.at(-1)).toBe("close");
  });

  test("without trailers the last frame of the body ends the stream, without a body the head does", () => {
    const wire = serverWire();
    wire.send(request(1, 5), request(3, 5), request(5, 5));
    const [first, second, third] = wire.host.streams;
    first?.sendHead(responseFields);
    first?.sendData(bytesOf("a"));
    first?.sendEnd(bytesOf("b"));
    second?.sendHead(responseFields, true);
    third?.sendHead(responseFields);
    third?.sendEnd();
    expect(wire.lines()).toEqual([
      "HEADERS 1",
      "DATA 1 2 END_STREAM",
      "HEADERS 3 END_STREAM",
      "HEADERS 5",
      "DATA 5 0 END_STREAM",
    ]);
  });

  test("what is sent after the end is dropped", () => {
    const wire = serverWire();
    wire.send(request(1, 5));
    const [stream] = wire.host.streams;
    stream?.sendHead(responseFields, true);
    stream?.sendHead(responseFields);
    stream?.sendData(bytesOf("a"));
    stream?.sendEnd();
    stream?.reset(8);
    stream?.consumed(10);
    stream?.pause();
    stream?.resume();
    expect(wire.lines()).toEqual(["HEADERS 1 END_STREAM"]);
    expect(stream?.events).toEqual(["head, ended", "end", "close"]);
  });

  test("takes the rest of a request after its response, a while", () => {
    const wire = serverWire({ initialWindow: 131_072 });
    wire.send(request(1), request(3), request(5));
    for (const stream of wire.host.streams) stream.sendHead(responseFields, true);
    wire.output();
    wire.send(data(1, [1, 2, 3]), data(1, [4], 1), data(3, new Uint8Array(40_000)));
    expect(wire.lines()).toEqual([]);
    expect(wire.host.streams.map(({ events }) => events.join())).toEqual(["head,close", "head", "head"]);
    expect(wire.send(data(3, new Uint8Array(9_146)), data(3, new Uint8Array(7))).lines()).toEqual([
      "RST_STREAM 3 NO_ERROR",
    ]);
    expect(wire.connection.nextDue()).toBe(1000);
    expect(wire.wait(1000).lines()).toEqual(["RST_STREAM 5 NO_ERROR"]);
    expect(wire.host.streams.map(({ events }) => events.join())).toEqual(["head,close", "head,close", "head,close"]);
  });

  test("nothing is due on a connection that ended while it was drained", () => {
    const wire = new Wire((host) => new ServerConnection(host, { settingsTimeoutMs: 2 }));
    wire.connection.shutdown();
    wire.wait(2);
    expect(wire.host.ended?.message).toBe("no SETTINGS came");
    expect(wire.connection.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  test("fields that HTTP/2 cannot carry reset the stream", () => {
    const wire = serverWire();
    wire.send(request(1, 5), request(3, 5));
    wire.host.streams[0]?.sendHead([":status", "200", "a", "b\nc"]);
    wire.host.streams[1]?.sendHead(responseFields);
    wire.host.streams[1]?.sendEnd(undefined, ["Connection", "close"]);
    expect(wire.lines()).toEqual(["RST_STREAM 1 INTERNAL_ERROR", "HEADERS 3", "RST_STREAM 3 INTERNAL_ERROR"]);
    expect(wire.host.streams[0]?.lost?.message).toBe(
      "HTTP/2 cannot carry a character in the value of a that HTTP does not allow",
    );
  });

  test("fields that the client does not take for their size reset the stream", () => {
    const wire = serverWire({}, [6, 100]);
    wire.send(request(1, 5));
    wire.host.streams[0]?.sendHead([":status", "200", "a", "b".repeat(100)]);
    expect(wire.lines()).toEqual(["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
    expect(wire.host.streams[0]?.lost?.message).toBe("175 bytes of header fields, and the peer takes 100");
  });

  describe("with 100-continue", () => {
    const expecting = [...requestFields, "expect", "100-continue"];

    test("asks for the body of a stream that is read", () => {
      expect(serverWire().send(headers(1, expecting)).lines()).toEqual(["HEADERS 1"]);
    });

    test("asks when a paused stream goes on, once", () => {
      const wire = serverWire();
      wire.host.onRequest = () => new RecordedStream({ onHead: () => wire.host.streams[0]?.pause() });
      expect(wire.send(headers(1, expecting)).lines()).toEqual([]);
      wire.host.streams[0]?.resume();
      wire.host.streams[0]?.pause();
      wire.host.streams[0]?.resume();
      expect(wire.lines()).toEqual(["HEADERS 1"]);
    });

    test("does not ask when it has answered", () => {
      const wire = serverWire();
      wire.host.onRequest = () =>
        new RecordedStream({ onHead: () => wire.host.streams[0]?.sendHead(responseFields, true) });
      expect(wire.send(headers(1, expecting)).lines()).toEqual(["HEADERS 1 END_STREAM"]);
    });
  });

  test("ends when the client says nothing, or does not acknowledge SETTINGS", () => {
    const silent = raw();
    silent.output();
    expect(silent.wait(9_999).lines()).toEqual([]);
    expect(silent.wait(1).lines()).toEqual(["GOAWAY 0 SETTINGS_TIMEOUT: no SETTINGS came"]);
    const half = raw();
    half.output();
    expect(half.send(preface, settings()).wait(10_000).lines().at(-1)).toBe(
      "GOAWAY 0 SETTINGS_TIMEOUT: SETTINGS were not acknowledged",
    );
  });

  test("a client that says goodbye is told to the adapter, its words made harmless", () => {
    const wire = serverWire();
    wire.send(goaway(0, 2, 'bye\n"é'));
    expect(wire.host.goaways).toEqual([{ lastStreamId: 0, code: 2, debug: '"bye\\n\\"\\u00c3\\u00a9"' }]);
    expect(wire.connection.closed).toBe(false);
  });

  test("a sink that throws ends the connection with INTERNAL_ERROR, and the cause is kept", () => {
    const wire = serverWire();
    wire.host.onRequest = () =>
      new RecordedStream({
        onHead: () => {
          throw new Error("a bug");
        },
      });
    expect(wire.send(request(1)).lines()).toEqual(["GOAWAY 1 INTERNAL_ERROR: an internal error"]);
    expect(wire.host.ended?.cause).toEqual(new Error("a bug"));
  });
});
