import { describe, expect, test } from "@jest/globals";
import { data, headers, preface, settings, settingsAck } from "../testing/http2-frames.js";
import { Pair, RecordedStream, requestFields } from "../testing/http2-pair.js";
import { serverWire, Wire } from "../testing/http2-wire.js";
import type { ConnectionOptions } from "./options.js";
import { ServerConnection } from "./server-connection.js";

const KiB = 1024;
const zeros = (size: number): Uint8Array => new Uint8Array(size);

/** A server whose streams consume nothing by themselves. */
function holding(options: ConnectionOptions = {}): Wire<ServerConnection> {
  const wire = serverWire(options);
  wire.host.onRequest = () => {
    const stream = new RecordedStream();
    stream.autoConsume = false;
    return stream;
  };
  return wire;
}

const open = (wire: Wire<ServerConnection>, ...ids: readonly number[]): void => {
  wire.send(...ids.map((id) => headers(id, requestFields)));
  wire.output();
};

/** A body in frames of 16 KiB. */
function body(id: number, size: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let left = size; left > 0; left -= 16 * KiB) frames.push(data(id, zeros(Math.min(left, 16 * KiB))));
  return frames;
}

const credits = (wire: Wire<ServerConnection>): string[] =>
  wire.lines().filter((line) => line.startsWith("WINDOW_UPDATE") && !line.startsWith("WINDOW_UPDATE 0 "));

describe("credit for a stream", () => {
  test("is none for what stays below half of its window", () => {
    const wire = holding();
    open(wire, 1);
    wire.send(data(1, zeros(30 * KiB)));
    wire.host.streams[0]?.consumed(30 * KiB);
    expect(credits(wire)).toEqual([]);
  });

  test("comes at half of the window, for all that was used of it", () => {
    const wire = serverWire();
    open(wire, 1);
    wire.send(data(1, zeros(40 * KiB)));
    expect(credits(wire)).toEqual(["WINDOW_UPDATE 1 40960"]);
  });

  test("comes for a message that is being collected, out of the budget", () => {
    const wire = holding();
    open(wire, 1);
    wire.send(...body(1, 32 * KiB));
    expect(credits(wire)).toEqual(["WINDOW_UPDATE 1 32768"]);
    expect(wire.host.streams[0]?.held).toBe(32 * KiB);
    expect(wire.connection.credit.spent).toBe(32 * KiB);
    wire.host.streams[0]?.consumed(32 * KiB);
    expect(wire.connection.credit.spent).toBe(0);
  });

  test("does not come while the stream is paused, and comes when it goes on", () => {
    const wire = holding();
    open(wire, 1);
    const [stream] = wire.host.streams;
    stream?.pause();
    wire.send(...body(1, 64 * KiB));
    expect(credits(wire)).toEqual([]);
    expect(stream?.bodyBytes).toBe(0);
    expect(wire.connection.credit.held).toBe(64 * KiB);
    wire.wait(50);
    stream?.resume();
    expect(stream?.bodyBytes).toBe(64 * KiB);
    expect(credits(wire)).toEqual(["WINDOW_UPDATE 1 65536"]);
  });

  test("does not come for a stream that has ended", () => {
    const wire = holding();
    open(wire, 1);
    wire.send(...body(1, 48 * KiB).slice(0, 1), data(1, zeros(16 * KiB - 1), 1));
    wire.host.streams[0]?.consumed(32 * KiB);
    expect(credits(wire)).toEqual([]);
  });

  test("is never more than the stream's own limit", () => {
    const wire = holding({ maxStreamWindow: 100 * KiB });
    open(wire, 1);
    wire.send(...body(1, 64 * KiB));
    wire.send(...body(1, 36 * KiB));
    expect(wire.connection.streams.get(1)?.receiveWindow).toBe(0);
    expect(wire.host.streams[0]?.held).toBe(100 * KiB);
    wire.send(data(1, [1]));
    expect(wire.lines().at(-1)).toBe("RST_STREAM 1 FLOW_CONTROL_ERROR");
  });

  test("counts padding as consumed", () => {
    const wire = holding();
    open(wire, 1);
    const frame = data(1, [255, ...zeros(300)], 8);
    for (let i = 0; i < 200; i++) wire.send(frame);
    expect(wire.host.streams[0]?.held).toBe(200 * 45);
    expect(credits(wire)).not.toEqual([]);
  });

  test("grows as long as the stream uses it up within two round trips", () => {
    const wire = serverWire();
    open(wire, 1);
    for (let i = 0; i < 40; i++) {
      const window = wire.connection.streams.get(1)?.receiveWindow as number;
      wire.send(...body(1, Math.min(window, 256 * KiB)));
      wire.wait(0.1);
    }
    expect(wire.connection.credit.target).toBe(8 * KiB * KiB);
  });

  test("grows with the first of it for a stream that has used up all within two round trips", () => {
    const wire = serverWire();
    open(wire, 1);
    wire.send(data(1, zeros(64 * KiB)));
    expect(credits(wire)).toEqual(["WINDOW_UPDATE 1 262144"]);
  });

  test.each([
    { roundTripMs: 1, credited: 64 * KiB },
    { roundTripMs: 4, credited: 32 * KiB },
    { roundTripMs: 50, credited: 16 * KiB },
  ])("of 128 KiB comes at $credited where a round trip takes $roundTripMs ms", ({ roundTripMs, credited }) => {
    const wire = serverWire({ maxStreamWindow: 128 * KiB });
    wire.connection.roundTrip = roundTripMs;
    open(wire, 1);
    wire.send(data(1, zeros(64 * KiB)));
    expect(credits(wire)).toEqual(["WINDOW_UPDATE 1 131072"]);
    wire.wait(1000);
    let sent = 0;
    for (; credits(wire).length === 0; sent += KiB) wire.send(data(1, zeros(KiB)));
    expect(sent).toBe(credited);
  });

  test("does not grow for a stream that is slower than the path", () => {
    const wire = serverWire();
    open(wire, 1);
    for (let i = 0; i < 40; i++) wire.wait(50).send(...body(1, 32 * KiB));
    expect(wire.connection.credit.target).toBe(64 * KiB);
  });
});

describe("the connection's budget", () => {
  const options = { budget: 128 * KiB, reserve: 64 * KiB };

  test("goes to the oldest stream first, and only it gets of the reserve", () => {
    const wire = holding(options);
    open(wire, 1, 3, 5, 7);
    for (const id of [7, 5, 3, 1]) wire.send(...body(id, 64 * KiB));
    const window = (id: number): number => wire.connection.streams.get(id)?.receiveWindow as number;
    expect([1, 3, 5, 7].map(window)).toEqual([64 * KiB, 64 * KiB, 64 * KiB, 64 * KiB]);
    expect(wire.connection.credit.spent).toBe(256 * KiB);
    wire.send(...body(3, 32 * KiB), ...body(1, 32 * KiB));
    expect([1, 3].map(window)).toEqual([32 * KiB, 32 * KiB]);
  });

  test("comes back on a long path, however small the window is", () => {
    for (const initialWindow of [277, 16 * KiB, 32 * KiB, 64 * KiB]) {
      const wire = holding({ initialWindow });
      wire.wait(20).send(settingsAck);
      open(wire, 1);
      const [stream] = wire.host.streams;
      for (let n = 0; n < 100; n++) {
        const size = Math.min(stream?.receiveWindow ?? 0, 16 * KiB);
        expect(size).toBeGreaterThan(0);
        wire.wait(20).send(data(1, zeros(size)));
        stream?.consumed(size);
      }
    }
  });

  test.each([64 * KiB, 1000])(
    "leaves each stream its initial window, whatever older ones wait for: %d bytes",
    (initialWindow) => {
      const wire = holding({ initialWindow, budget: 256 * KiB, reserve: 64 * KiB });
      wire.send(settingsAck);
      open(wire, 1, 3);
      const window = (id: number): number => wire.connection.streams.get(id)?.receiveWindow as number;
      const use = (id: number): number => {
        const size = Math.min(window(id), 16 * KiB);
        if (size > 0) wire.send(data(id, zeros(size)));
        return size;
      };
      // The first holds all that there is, and waits for more.
      while (use(1) > 0);
      expect(wire.connection.credit.starved.size).toBe(1);
      for (let n = 0; n < 100; n++) {
        const size = use(3);
        expect(size).toBeGreaterThan(0);
        wire.host.streams[1]?.consumed(size);
      }
      expect(wire.connection.credit.spent).toBeLessThanOrEqual(256 * KiB);
    },
  );

  test("lets the oldest finish whatever the others hold, and then the next", () => {
    const wire = holding(options);
    const ids = [1, 3, 5, 7, 9, 11];
    open(wire, ...ids);
    const left = new Map(ids.map((id) => [id, 128 * KiB]));
    const finished: number[] = [];
    for (let round = 0; round < 100 && left.size > 0; round++) {
      for (const id of [...left.keys()].reverse()) {
        const window = wire.connection.streams.get(id)?.receiveWindow as number;
        const n = Math.min(window, left.get(id) as number, 16 * KiB);
        left.set(id, (left.get(id) as number) - n);
        if (n > 0) wire.send(data(id, zeros(n), left.get(id) === 0 ? 1 : 0));
        if (left.get(id) !== 0) continue;
        left.delete(id);
        finished.push(id);
        wire.host.streams[(id - 1) / 2]?.consumed(128 * KiB);
      }
    }
    expect(finished).toHaveLength(6);
    expect(wire.host.streams.every(({ lost }) => lost === undefined)).toBe(true);
  });

  test("that is held by streams that do nothing is taken from the youngest that could go on", () => {
    const wire = holding(options);
    open(wire, 1, 3, 5, 7);
    for (const id of [3, 5, 7]) wire.send(...body(id, 64 * KiB));
    wire.send(...body(1, 64 * KiB));
    wire.wait(59_000).send(...body(1, 64 * KiB));
    expect(wire.lines().filter((line) => line.startsWith("RST"))).toEqual([]);
    wire.wait(1100);
    expect(wire.lines()).toContain("RST_STREAM 5 ENHANCE_YOUR_CALM");
    expect(wire.host.streams[2]?.lost?.message).toBe("the connection's budget is spent, and the stream did not go on");
    // The last one waits for credit itself.
    expect([0, 3].map((i) => wire.host.streams[i]?.lost)).toEqual([undefined, undefined]);
  });

  test("is not taken from a stream that has just got of it, however long it waited", () => {
    const wire = holding(options);
    open(wire, 1, 3, 5, 7);
    for (const id of [1, 3, 5, 7]) wire.send(...body(id, 64 * KiB));
    wire.wait(60_100);
    expect(wire.lines()).toContain("RST_STREAM 3 ENHANCE_YOUR_CALM");
    expect(wire.connection.streams.get(5)?.receiveWindow).toBe(64 * KiB);
    expect(wire.connection.credit.starved.size).toBe(1);
    wire.wait(1100);
    // The next one is that which had it for a minute.
    expect(wire.lines()).toContain("RST_STREAM 1 ENHANCE_YOUR_CALM");
    expect([2, 3].map((i) => wire.host.streams[i]?.lost)).toEqual([undefined, undefined]);
  });

  test("cannot be overdrawn by initial windows: beyond the limit of what is held the youngest idle stream ends", () => {
    const wire = holding({ ...options, limits: { maxHeldBytes: 320 * KiB } });
    const ids = Array.from({ length: 20 }, (_, i) => 2 * i + 1);
    open(wire, ...ids);
    for (const id of ids) {
      if (!wire.connection.streams.has(id)) continue;
      wire.wait(200).send(...body(id, 48 * KiB));
      expect(wire.connection.credit.held).toBeLessThanOrEqual(320 * KiB);
    }
    expect(wire.lines().filter((line) => line.startsWith("RST")).length).toBe(14);
    expect(wire.host.streams[0]?.lost).toBeUndefined();
  });
});

describe("the connection's window", () => {
  test("is never what stops a stream", () => {
    const wire = holding({ budget: 128 * KiB, reserve: 64 * KiB });
    for (let id = 1; id < 400; id += 2) {
      wire.send(headers(id, requestFields), ...body(id, 64 * KiB - 1)).output();
      const needed = wire.connection.streams.size * 64 * KiB;
      expect(wire.connection.credit.window).toBeGreaterThan(Math.min(needed, 64 * KiB));
    }
    expect(wire.connection.closed).toBe(false);
  });

  test("that the peer overruns ends the connection", () => {
    const wire = holding({ budget: 0, reserve: 0 });
    wire.connection.credit.window = 10;
    open(wire, 1);
    wire.connection.credit.window = 10;
    expect(wire.send(data(1, zeros(11))).lines()).toEqual([
      "GOAWAY 1 FLOW_CONTROL_ERROR: more DATA than the connection's window allows",
    ]);
  });

  test("gets back what goes to streams that are over", () => {
    const wire = holding();
    open(wire, 1);
    wire.host.streams[0]?.reset(8);
    const before = wire.connection.credit.window;
    for (let i = 0; i < 1000; i++) wire.send(data(1, zeros(16 * KiB))).output();
    expect(wire.connection.closed).toBe(false);
    expect(before - wire.connection.credit.window).toBeLessThan(before / 2);
  });
});

test("a stream's window that the peer overruns ends the stream alone", () => {
  const wire = holding();
  open(wire, 1, 3);
  wire.host.streams[0]?.pause();
  wire.send(...body(1, 64 * KiB), data(1, [1]));
  expect(wire.lines()).toEqual(["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  expect(wire.host.streams[1]?.lost).toBeUndefined();
  expect(wire.connection.credit.held).toBe(0);
});

test("an initial window that is not the protocol's counts from its acknowledgement on", () => {
  const pair = new Pair({ initialWindow: 1000 }, { initialWindow: 200_000 });
  const early = pair.request();
  early.sendData(zeros(65_535));
  pair.run();
  expect(pair.serverHost.streams[0]?.bodyBytes).toBe(65_535);
  const later = pair.request();
  later.sendData(zeros(150_000));
  pair.move(pair.client, pair.server);
  expect(pair.serverHost.streams[1]?.bodyBytes).toBe(150_000);
  pair.serverHost.streams[1]?.sendHead([":status", "200"]);
  pair.serverHost.streams[1]?.sendData(zeros(5000));
  pair.move(pair.server, pair.client);
  expect(later.bodyBytes).toBe(1000);
  pair.run();
  expect(later.bodyBytes).toBe(5000);
});

test("a budget that is an odd number lets large bodies through", () => {
  const pair = new Pair({}, { initialWindow: 3006, budget: 30_115 });
  const request = pair.request();
  request.sendEnd(zeros(100_000));
  pair.run();
  expect(pair.serverHost.streams[0]?.bodyBytes).toBe(100_000);
  expect(pair.serverHost.streams[0]?.events).toContain("end");
});

describe("an initial window that becomes smaller than what a request has sent by then", () => {
  const [sent, window] = [30_000, 1000];

  /** The server has consumed what came, and then hears that the client goes by its window. */
  function early(): { readonly pair: Pair; readonly request: RecordedStream } {
    const pair = new Pair({}, { initialWindow: window });
    const request = pair.request();
    request.sendData(zeros(sent));
    pair.run();
    expect(pair.serverHost.streams[0]?.bodyBytes).toBe(sent);
    return { pair, request };
  }

  test("gives the request credit to go on", () => {
    const { pair, request } = early();
    request.sendEnd(zeros(5000));
    pair.run();
    expect(pair.serverHost.streams[0]?.bodyBytes).toBe(sent + 5000);
    expect(pair.serverHost.streams[0]?.events).toContain("end");
  });

  test("lets an end pass that brings no bytes", () => {
    const wire = new Wire((host) => new ServerConnection(host, { initialWindow: window }));
    const stream = new RecordedStream();
    stream.pause();
    wire.host.onRequest = () => stream;
    wire.send(preface, settings([]), headers(1, requestFields), ...body(1, sent), settingsAck);
    wire.send(data(1, [], 1));
    stream.resume();
    expect(stream.lost).toBeUndefined();
    expect(stream.events).toContain("end");
  });
});
