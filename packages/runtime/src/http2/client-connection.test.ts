import { describe, expect, test } from "@jest/globals";
import { data, frame, goaway, headers, ping, rst, settings, u32, windowUpdate } from "../testing/http2-frames.js";
import { bytesOf, Pair, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { clientWire, Wire } from "../testing/http2-wire.js";
import { ClientConnection } from "./client-connection.js";

type ClientWire = Wire<ClientConnection>;

function request(wire: ClientWire, endStream = true): RecordedStream {
  const stream = new RecordedStream();
  expect(wire.connection.request(stream, requestFields, endStream)).toBeUndefined();
  return stream;
}

const ok = (id: number, flags = 4): Uint8Array => headers(id, responseFields, flags);

describe("a client's connection", () => {
  test("says first what it allows, and can send requests with it", () => {
    const wire = new Wire((host) => new ClientConnection(host));
    request(wire);
    const [preface, ...frames] = [wire.output()[0] as Uint8Array].flatMap((bytes) => [
      bytes.slice(0, 24),
      bytes.slice(24),
    ]);
    expect(String.fromCharCode(...(preface as Uint8Array))).toBe("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(frames.map((bytes) => bytes[3])).toEqual([4]);
    expect(wire.connection.ready).toBe(false);
  });

  test("gets a response with interim heads, body and trailers", () => {
    const wire = clientWire();
    const call = request(wire);
    wire.send(headers(1, [":status", "103", "link", "x"]), ok(1), data(1, [1, 2]), headers(1, ["grpc-status", "0"], 5));
    expect(call.events).toEqual(["informational 103", "head", "data", "end", "close"]);
    expect(call.trailers).toEqual(["grpc-status", "0"]);
  });

  test("gets a response that is only a head", () => {
    const wire = clientWire();
    const call = request(wire);
    wire.send(ok(1, 5));
    expect(call.events).toEqual(["head, ended", "end", "close"]);
  });

  test.each<[string, string, readonly Uint8Array[]]>([
    ["DATA before the head", "PROTOCOL_ERROR", [data(1, [1])]],
    ["an interim head that ends the stream", "PROTOCOL_ERROR", [headers(1, [":status", "100"], 5)]],
    ["status 101", "PROTOCOL_ERROR", [headers(1, [":status", "101"])]],
    ["no :status", "PROTOCOL_ERROR", [headers(1, ["a", "b"])]],
    [":status twice", "PROTOCOL_ERROR", [headers(1, [":status", "200", ":status", "200"])]],
    ["a pseudo-header field of requests", "PROTOCOL_ERROR", [headers(1, [":status", "200", ":path", "/"])]],
    ["a status of two digits", "PROTOCOL_ERROR", [headers(1, [":status", "20"])]],
    ["trailers that do not end the stream", "PROTOCOL_ERROR", [ok(1), headers(1, ["a", "b"])]],
    ["a second head", "PROTOCOL_ERROR", [ok(1), ok(1, 5)]],
    ["a body of a 204", "PROTOCOL_ERROR", [headers(1, [":status", "204"]), data(1, [1])]],
    [
      "more than its content-length",
      "PROTOCOL_ERROR",
      [headers(1, [...responseFields, "content-length", "1"]), data(1, [1, 2])],
    ],
    [
      "less than its content-length",
      "PROTOCOL_ERROR",
      [headers(1, [...responseFields, "content-length", "1"]), data(1, [], 1)],
    ],
    ["a head that is too large", "ENHANCE_YOUR_CALM", [headers(1, [...responseFields, "a", "b".repeat(20_000)])]],
    ["trailers that are too large", "ENHANCE_YOUR_CALM", [ok(1), headers(1, ["a", "b".repeat(20_000)], 5)]],
    ["an upper-case name", "PROTOCOL_ERROR", [headers(1, [...responseFields, "A", "b"])]],
    ["a connection field", "PROTOCOL_ERROR", [headers(1, [...responseFields, "connection", "close"])]],
  ])("breaks off a response with %s", (_name, code, frames) => {
    const wire = clientWire();
    const call = request(wire, false);
    wire.output();
    expect(wire.send(...frames).lines()).toEqual([`RST_STREAM 1 ${code}`]);
    expect(call.events.slice(-2)).toEqual([`reset ${call.lost?.code} by local`, "close"]);
    expect(call.lost?.unprocessed).toBe(false);
    expect(wire.send(ping()).lines()).toEqual(["PING ACK"]);
  });

  test.each<[string, string, Uint8Array]>([
    ["a push", "PROTOCOL_ERROR: a PUSH_PROMISE frame where none is allowed", frame(5, 4, 1, u32(2))],
    ["a stream of the server's", "PROTOCOL_ERROR: a frame for a stream that was never opened", ok(2)],
    ["a response to nothing", "PROTOCOL_ERROR: a frame for a stream that was never opened", ok(3)],
    ["ENABLE_PUSH of 1", "PROTOCOL_ERROR: SETTINGS_ENABLE_PUSH is 1", settings([2, 1])],
  ])("ends at %s", (_name, error, bytes) => {
    const wire = clientWire();
    const call = request(wire);
    wire.output();
    expect(wire.send(bytes).lines().at(-1)).toBe(`GOAWAY 0 ${error}`);
    expect(call.events).toEqual(["reset 1 by connection", "close"]);
  });

  test("a HEAD request's response has a content-length and no body", () => {
    const wire = clientWire();
    const call = new RecordedStream();
    wire.connection.request(call, [":method", "HEAD", ":scheme", "http", ":path", "/", ":authority", "a"], true);
    wire.send(headers(1, [":status", "200", "content-length", "100"], 5));
    expect(call.events).toEqual(["head, ended", "end", "close"]);
  });

  test("frames for streams that it has reset are ignored", () => {
    const wire = clientWire();
    request(wire).reset(8);
    expect(wire.send(ok(1), data(1, [1]), headers(1, ["a", "b"], 5), rst(1, 0), windowUpdate(1, 1)).lines()).toEqual([
      "HEADERS 1 END_STREAM",
      "RST_STREAM 1 CANCEL",
    ]);
  });

  describe("with a limit of streams", () => {
    test("keeps requests until there is room, in order", () => {
      const wire = clientWire({}, [3, 2]);
      const calls = [1, 2, 3, 4].map(() => request(wire));
      expect(wire.connection.freeStreams).toBe(0);
      expect(wire.lines()).toEqual(["HEADERS 1 END_STREAM", "HEADERS 3 END_STREAM"]);
      wire.send(ok(3, 5));
      expect(wire.lines()).toEqual(["HEADERS 5 END_STREAM"]);
      expect(calls.map(({ id }) => id)).toEqual([1, 3, 5, 0]);
    });

    test("keeps what was written meanwhile", () => {
      const wire = clientWire({}, [3, 1]);
      request(wire);
      const call = request(wire, false);
      call.sendData(bytesOf("abc"));
      call.sendEnd(bytesOf("def"), ["sum", "6"]);
      wire.output();
      wire.send(ok(1, 5));
      expect(wire.lines()).toEqual(["HEADERS 3", "DATA 3 6", "HEADERS 3 END_STREAM"]);
    });

    test("a request that waits can be given up, and is never sent", () => {
      const wire = clientWire({}, [3, 1]);
      request(wire);
      const call = request(wire);
      call.reset(8);
      wire.send(ok(1, 5));
      expect(wire.lines()).toEqual(["HEADERS 1 END_STREAM"]);
      expect(call.events).toEqual(["close"]);
    });

    test("opens 100 before the server has said how many, and goes by what it says then", () => {
      const wire = new Wire((host) => new ClientConnection(host));
      for (let i = 0; i < 102; i++) request(wire);
      expect(wire.connection.openStreams).toBe(100);
      wire.send(settings([3, 101]));
      expect(wire.connection.openStreams).toBe(101);
    });

    test("a limit of 0 holds requests back until it is raised", () => {
      const wire = clientWire({}, [3, 0]);
      request(wire);
      expect(wire.lines()).toEqual([]);
      expect(wire.send(settings([3, 1])).lines()).toEqual(["HEADERS 1 END_STREAM", "SETTINGS ACK"]);
    });
  });

  test("a request with more fields than the server takes is not sent, and told by its size", () => {
    const wire = clientWire({}, [6, 200]);
    const refusal = wire.connection.request(new RecordedStream(), [...requestFields, "a", "b".repeat(100)]);
    expect(refusal).toEqual({
      reason: "header-list",
      message: "the request has 393 bytes of header fields, and the server takes 200",
    });
    expect(wire.lines()).toEqual([]);
  });

  test("a request with a field that HTTP/2 cannot carry is not sent", () => {
    const wire = clientWire();
    expect(wire.connection.request(new RecordedStream(), [...requestFields, "a", "b\r\nc"])).toEqual({
      reason: "fields",
      message: "HTTP/2 cannot carry a character in the value of a that HTTP does not allow",
    });
  });

  test("values are sent without the spaces around them", () => {
    const pair = new Pair({}, { strict: true });
    pair.request([...requestFields, "a", " b\t"], true);
    pair.run();
    expect(pair.serverHost.streams[0]?.head?.headers.slice(-2)).toEqual(["a", "b"]);
  });

  describe("whose response is complete before its request", () => {
    test("ends the request when nothing of it waits", () => {
      const wire = clientWire();
      const call = request(wire, false);
      call.sendData(bytesOf("abc"));
      wire.output();
      expect(wire.send(ok(1, 5)).lines()).toEqual(["DATA 1 0 END_STREAM"]);
      expect(call.events.at(-1)).toBe("close");
    });

    test("resets it with NO_ERROR when something waits", () => {
      const wire = clientWire({}, [4, 2]);
      const call = request(wire, false);
      call.sendData(bytesOf("abc"));
      wire.output();
      expect(wire.send(ok(1, 5)).lines()).toEqual(["RST_STREAM 1 NO_ERROR"]);
      expect(call.events).toEqual(["head, ended", "end", "close"]);
    });

    test("does not lose the response to the server's RST_STREAM", () => {
      const wire = clientWire();
      const call = request(wire, false);
      call.pause();
      wire.send(ok(1), data(1, [1, 2]), headers(1, ["grpc-status", "0"], 5), rst(1, 0));
      expect(call.events).toEqual(["head"]);
      expect(wire.connection.openStreams).toBe(0);
      call.resume();
      expect(call.events).toEqual(["head", "data", "end", "close"]);
      expect(call.lost).toBeUndefined();
    });
  });

  test("a response that is kept is read after the connection has ended", () => {
    const wire = clientWire();
    const call = request(wire);
    call.pause();
    wire.send(ok(1), data(1, [1, 2], 1));
    wire.connection.transportLost();
    call.resume();
    expect(call.events).toEqual(["head", "data", "end", "close"]);
  });

  describe("at a GOAWAY", () => {
    test("gives back what was not processed, and finishes the rest", () => {
      const wire = clientWire({}, [3, 2]);
      const [first, second, waiting] = [request(wire), request(wire), request(wire)];
      wire.output();
      wire.send(goaway(1, 0, "later"));
      expect(second?.events).toEqual(["reset 7 by connection, unprocessed", "close"]);
      expect(waiting?.events).toEqual(["reset 7 by connection, unprocessed", "close"]);
      expect(wire.connection.acceptsRequests).toBe(false);
      expect(wire.connection.request(new RecordedStream(), requestFields)?.reason).toBe("closed");
      expect(wire.host.events).toEqual(["settings", "goaway 0 1"]);
      wire.send(ok(1, 5));
      expect(first?.events.at(-1)).toBe("close");
      expect(wire.host.ended).toEqual({ code: 0, by: "peer", message: 'the server closed the connection: "later"' });
    });

    test("learns more from a second one", () => {
      const wire = clientWire();
      const [first, second] = [request(wire), request(wire)];
      wire.send(goaway(0x7fff_ffff));
      expect(second?.events).toEqual([]);
      wire.send(goaway(1));
      expect(first?.events).toEqual([]);
      expect(second?.events).toEqual(["reset 7 by connection, unprocessed", "close"]);
    });

    test("tells its reason to calls that the connection's end cuts off", () => {
      const wire = clientWire();
      request(wire);
      wire.output();
      wire.send(goaway(1, 11, "too_many_pings"));
      wire.connection.peerEnded();
      const message = 'the peer closed the connection after a GOAWAY with ENHANCE_YOUR_CALM: "too_many_pings"';
      expect(wire.host.ended).toEqual({ code: 0, by: "transport", message });
    });

    test("does not believe one that takes back what the first said", () => {
      const wire = clientWire();
      request(wire);
      wire.output();
      wire.send(goaway(1), goaway(3));
      expect(wire.lines()).toEqual(["GOAWAY 0 PROTOCOL_ERROR: a GOAWAY with a higher last stream than the one before"]);
    });
  });

  test("REFUSED_STREAM says that the request was not processed, other codes do not", () => {
    const wire = clientWire();
    const [first, second] = [request(wire), request(wire)];
    wire.send(rst(1, 7), rst(3, 2));
    expect(first?.lost).toEqual({
      code: 7,
      by: "peer",
      unprocessed: true,
      message: "the stream was reset with REFUSED_STREAM",
    });
    expect(second?.lost).toMatchObject({ code: 2, unprocessed: false });
  });

  test("shuts down in order: waiting requests are given back, open ones end", () => {
    const wire = clientWire({}, [3, 1]);
    const [first, waiting] = [request(wire), request(wire)];
    wire.output();
    wire.connection.shutdown();
    expect(waiting?.events).toEqual(["reset 7 by connection, unprocessed", "close"]);
    expect(wire.lines()).toEqual([]);
    wire.send(ok(1, 5));
    expect(first?.events).toEqual(["head, ended", "end", "close"]);
    expect(wire.lines()).toEqual(["GOAWAY 0 NO_ERROR: "]);
    expect(wire.host.events.at(-1)).toBe("closed 0 by local");
  });

  test("takes no new requests when the identifiers of streams run out", () => {
    const wire = clientWire();
    wire.connection.nextId = 0x7fff_ffff - 2 * 65_536;
    request(wire);
    expect(wire.connection.acceptsRequests).toBe(false);
    expect(wire.connection.request(new RecordedStream(), requestFields)?.reason).toBe("closed");
  });

  test("measures round trips by PING", () => {
    const wire = clientWire();
    const trips: number[] = [];
    wire.connection.ping((ms) => trips.push(ms));
    const [bytes] = wire.output();
    wire.wait(30).send(frame(6, 1, 0, [9, 9, 9, 9, 0, 0, 0, 1]));
    expect(trips).toEqual([]);
    wire.send(frame(6, 1, 0, (bytes as Uint8Array).slice(-8)));
    wire.send(frame(6, 1, 0, (bytes as Uint8Array).slice(-8)));
    expect(trips).toEqual([30]);
  });
});
