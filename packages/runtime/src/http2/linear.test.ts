import { afterAll, describe, expect, test } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { addFields, headersOf } from "../node/http2-fields.js";
import { addOutgoing, addSetBefore, incoming, OutgoingHeaders } from "../node/raw-headers.js";
import {
  block,
  concat,
  data,
  frame,
  headers,
  ping,
  preface,
  rst,
  settings,
  settingsAck,
  windowUpdate,
} from "../testing/http2-frames.js";
import { RecordedHost, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { clientWire, serverWire } from "../testing/http2-wire.js";
import { stepsOf, stopCounting } from "../testing/node/steps.js";
import { harmless } from "./frame-rules.js";
import { FieldRules } from "./head.js";
import { HpackDecoder } from "./hpack/decoder.js";
import type { Limits } from "./limits.js";
import { ServerConnection } from "./server-connection.js";

/** As if there were no limits: they make an attack small, and this is about what they let through. */
const much = 1_000_000;
const endless = { burst: much, perSecond: much };
const limits: Partial<Limits> = {
  maxHeaderBytes: 64 * much,
  maxHeaderPairs: much,
  maxHeaderBlockBytes: 64 * much,
  maxContinuations: much,
  maxSettingsEntries: much,
  resets: endless,
  provokedResets: endless,
  settings: endless,
  pings: endless,
  emptyFrames: endless,
  windowUpdates: endless,
  priorities: endless,
  closedStreamFrames: endless,
  unknownFrames: endless,
};

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const fieldsOf = (n: number, value = "v"): string[] => times(n, (i) => [`n${1000 + i}`, value]).flat();
const decoder = (): HpackDecoder => new HpackDecoder({ maxTableBytes: 4096, maxListBytes: 64 * much, maxPairs: much });

/** A server that reads what is given, in pieces. */
function serve(frames: readonly Uint8Array[], piece = 65_536): () => void {
  const bytes = concat(preface, settings(), settingsAck, ...frames);
  return () => {
    const host = new RecordedHost();
    const connection = new ServerConnection(host, { limits, maxConcurrentStreams: much });
    for (let at = 0; at < bytes.length; at += piece) {
      connection.receive(bytes.subarray(at, at + piece));
      if (connection.takeOutput().length > 0) connection.written();
    }
    if (connection.closed) throw new Error(`ended: ${connection.end?.message}`);
  };
}

/** `n` uploads that wait for the budget, each with 4 small frames. */
function starved(n: number): () => void {
  const ids = times(n, (i) => 2 * i + 1);
  const frames = ids.flatMap((id) => times(4, () => data(id, [1])));
  return () => {
    const wire = serverWire({ budget: 0, reserve: 0, maxConcurrentStreams: much, initialWindow: 64 });
    wire.host.onRequest = () => {
      const stream = new RecordedStream();
      stream.autoConsume = false;
      return stream;
    };
    for (const id of ids) wire.send(headers(id, requestFields)).send(data(id, new Uint8Array(50)));
    wire.send(...frames);
    if (wire.connection.closed) throw new Error(`ended: ${wire.connection.end?.message}`);
  };
}

const head = headers(1, requestFields);

/** What is read, made larger by `n`. What belongs to the input is made outside of what is counted. */
const readers: [string, (n: number) => () => void][] = [
  ["spaces before a value", (n) => () => new FieldRules(false).check(["a", `${" ".repeat(n)}x`])],
  ["spaces inside a padded value", (n) => () => new FieldRules(false).check(["a", ` x${" ".repeat(n)}x`])],
  ["tabs and spaces behind a value", (n) => () => new FieldRules(false).check(["a", `x${"\t ".repeat(n)}`])],
  ["spaces inside a value, strictly", (n) => () => new FieldRules(true).check(["a", `x${" ".repeat(n)}x`])],
  ["a long name", (n) => () => new FieldRules(false).check(["a".repeat(n), "x"])],
  ["a long path", (n) => () => new FieldRules(false).request([...requestFields.slice(0, 5), `/${"?/".repeat(n)}`])],
  ["a long authority", (n) => () => new FieldRules(false).request([...requestFields.slice(0, 7), ":.".repeat(n)])],
  ["the fields of a request", (n) => () => new FieldRules(false).request([...requestFields, ...fieldsOf(n)])],
  ["the fields of a response", (n) => () => new FieldRules(false).response([":status", "200", ...fieldsOf(n, " v ")])],
  ["trailers", (n) => () => new FieldRules(false).trailers(fieldsOf(n, " v"))],
  [
    "many host fields",
    (n) => () => new FieldRules(false).request([...requestFields, ...times(n, () => ["host", "localhost"]).flat()]),
  ],
  [
    "a long content-length",
    (n) => () => new FieldRules(false).request([...requestFields, "content-length", "1".repeat(n)]),
  ],
  [
    "the text of a GOAWAY",
    (n) =>
      (
        (bytes) => () =>
          times(Math.ceil(n / 256), (i) => harmless(bytes, 256 * i, n))
      )(new Uint8Array(n).fill(0x41)),
  ],
  [
    "a long HPACK string",
    (n) =>
      (
        (bytes) => () =>
          decoder().decode(bytes, 0, bytes.length)
      )(block(["a", "\x01".repeat(n)])),
  ],
  [
    "a long Huffman string",
    (n) =>
      (
        (bytes) => () =>
          decoder().decode(bytes, 0, bytes.length)
      )(block(["a", "x".repeat(n)])),
  ],
  [
    "many HPACK fields",
    (n) =>
      (
        (bytes) => () =>
          decoder().decode(bytes, 0, bytes.length)
      )(block(fieldsOf(n))),
  ],
  [
    "many references to the HPACK table",
    (n) =>
      (
        (bytes) => () =>
          decoder().decode(bytes, 0, bytes.length)
      )(new Uint8Array(n).fill(0x82)),
  ],
  [
    "many HPACK table sizes",
    (n) =>
      (
        (bytes) => () =>
          ((of) => times(n, (i) => of.decode(bytes, i, i + 1)))(decoder())
      )(new Uint8Array(n).fill(0x20)),
  ],
  ["a frame byte by byte", (n) => serve([head, frame(77, 0, 1, new Uint8Array(n))], 1)],
  ["DATA byte by byte", (n) => serve([head, data(1, new Uint8Array(n))], 1)],
  [
    "CONTINUATION frames",
    (n) =>
      serve([
        frame(1, 0, 1, block(requestFields)),
        ...times(n, () => frame(9, 0, 1, block(["a", "b"]))),
        frame(9, 4, 1),
      ]),
  ],
  [
    "empty CONTINUATION frames",
    (n) => serve([frame(1, 0, 1, block(requestFields)), ...times(n, () => frame(9, 0, 1)), frame(9, 4, 1)]),
  ],
  ["the entries of SETTINGS", (n) => serve([settings(times(n, (i) => [4, i]).flat())])],
  ["PING frames", (n) => serve(times(n, () => ping()))],
  ["WINDOW_UPDATE frames", (n) => serve([head, ...times(n, () => windowUpdate(1, 1))])],
  ["PRIORITY frames", (n) => serve(times(n, (i) => frame(2, 0, 2 * i + 1, [0, 0, 0, 0, 1])))],
  ["empty DATA frames", (n) => serve([head, ...times(n, () => data(1, []))])],
  ["small DATA frames", (n) => serve([head, ...times(n, () => data(1, [1]))])],
  ["streams", (n) => serve(times(n, (i) => headers(2 * i + 1, requestFields, 5)))],
  [
    "streams that are reset",
    (n) => serve(times(n, (i) => [headers(2 * i + 1, requestFields), rst(2 * i + 1, 8)]).flat()),
  ],
  ["streams that have to be reset", (n) => serve(times(n, (i) => headers(2 * i + 1, ["a", "b"])))],
  ["uploads that wait for the budget", starved],
  [
    "small pieces for a paused stream",
    (n) =>
      ((bytes) => () => {
        const wire = serverWire();
        wire.host.onRequest = () => new RecordedStream({ onHead: () => wire.host.streams.at(-1)?.pause() });
        wire.send(head, bytes);
        wire.host.streams[0]?.resume();
      })(concat(...times(n, () => data(1, [1])))),
  ],
  [
    "responses to requests that waited",
    (n) => {
      const answers = times(n, (i) => headers(2 * i + 1, responseFields, 5));
      return () => {
        const wire = clientWire({}, [3, 1]);
        for (let i = 0; i < n; i++) wire.connection.request(new RecordedStream(), requestFields, true);
        for (const answer of answers) wire.send(answer);
      };
    },
  ],
  [
    "fields for node:http2",
    (n) =>
      (
        (list) => () =>
          addOutgoing(new OutgoingHeaders(), headersOf(list))
      )(fieldsOf(n)),
  ],
  [
    "one field many times for node:http2",
    (n) => () => addOutgoing(new OutgoingHeaders(), headersOf(times(2 * n, () => "same"))),
  ],
  [
    "fields set before",
    (n) =>
      (
        (map) => () =>
          addSetBefore(new OutgoingHeaders(), Object.fromEntries(map), new HeaderMap())
      )(new HeaderMap(times(n, (i): [string, string] => [`n${i}`, "v"]))),
  ],
  ["fields of node:http2", (n) => () => incoming({}, fieldsOf(n))],
  [
    "fields for the engine",
    (n) =>
      (
        (map) => () =>
          addFields([], map)
      )(headersOf(fieldsOf(n))),
  ],
];

describe("the steps of reading HTTP/2", () => {
  afterAll(stopCounting);

  test.each(readers)("%s: at most doubled by twice the input", (_name, reader) => {
    const [once, twice] = [250, 500].map((n) => {
      const run = reader(n);
      // What is made once, by the first of its kind.
      run();
      return stepsOf(run);
    }) as [number, number];
    expect(once).toBeGreaterThan(250);
    expect(twice).toBeLessThan(2.2 * once);
  });
});

test("the oldest of 160,000 requests that wait is found as fast as that of 20,000", () => {
  const microseconds = (n: number): number => {
    const { waiting } = clientWire({}, [3, 0]).connection;
    const stream = new RecordedStream();
    for (let i = 0; i < n; i++) waiting.add(Object.create(stream));
    const before = process.cpuUsage();
    while (waiting.size > 0) waiting.shift();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  // The least of three: collections of garbage come when they like. Steps over what was deleted would take a second and more.
  const least = (n: number): number => Math.min(...Array.from({ length: 3 }, () => microseconds(n)));
  microseconds(1000);
  expect(least(160_000)).toBeLessThan(10 * least(20_000) + 500_000);
});
