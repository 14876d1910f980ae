import type { Ends, Misbehaviour, Reply } from "./server.js";
import { block, endHeaders, endStream, frame, headers, times } from "./wire.js";

const big = "x".repeat(20_000);
const noStatus: Ends = { grpc: "unknown", connect: "unknown" };

/** A head with these fields in place of a right one; the answer goes on as if it were right. */
function headOf(server: string, fields: (to: Reply) => readonly string[], ends: Ends = "internal"): Misbehaviour {
  return { server, ends, next: "same", reply: (to) => to.send(headers(to.id, fields(to)), to.message, to.end) };
}

/** A head with one field more than there should be. */
const withField = (server: string, name: string, value: string, ends?: Ends): Misbehaviour =>
  headOf(server, (to) => to.fields(name, value), ends);

/** A header block by its bytes, after a right `:status`. */
function blockOf(
  server: string,
  bytes: readonly number[],
  ends: Ends = "internal",
  next: "same" | "new" = "new",
): Misbehaviour {
  return {
    server,
    ends,
    next,
    reply: (to) => to.send(frame(1, endHeaders, to.id, [0x88, ...bytes]), to.message, to.end),
  };
}

/** HEADERS and CONTINUATION by hand. */
function frames(
  server: string,
  make: (to: Reply) => readonly Uint8Array[],
  ends: Ends = "internal",
  next: "same" | "new" = "new",
): Misbehaviour {
  return { server, ends, next, reply: (to) => to.send(...make(to)) };
}

export const heads: readonly Misbehaviour[] = [
  headOf("sends no :status", (to) => ["content-type", to.contentType]),
  headOf("sends an empty head", () => []),
  headOf("sends a :status of four digits", (to) => [":status", "2000", ...to.fields().slice(2)]),
  headOf("sends a :status that is no number", (to) => [":status", "ok!", ...to.fields().slice(2)]),
  headOf("sends a :status below 100", (to) => [":status", "042", ...to.fields().slice(2)]),
  headOf("sends two :status", (to) => [":status", "200", ...to.fields()]),
  headOf("sends the :status behind other fields", (to) => ["content-type", to.contentType, ":status", "200"]),
  headOf("switches protocols", (to) => [":status", "101", ...to.fields().slice(2)]),
  headOf("sends a request's :path", (to) => [":status", "200", ":path", "/", ...to.fields().slice(2)]),
  headOf("sends an unknown pseudo-header field", (to) => [":status", "200", ":new", "1", ...to.fields().slice(2)]),
  withField("sends a field name in upper case", "X-Name", "1"),
  withField("sends a field name with a space", "x name", "1"),
  withField("sends a field name with a colon", "x:name", "1"),
  withField("sends an empty field name", "", "1"),
  withField("sends a field name that is not ASCII", "x-n\xe4me", "1"),
  withField("sends a field value with a line break", "x-name", "1\r\nx-more: 2"),
  withField("sends a field value with a zero", "x-name", "1\0"),
  withField("sends a field value with a control character", "x-name", "\x1b[2J"),
  withField("sends a field value with spaces around it", "x-name", " 1\t", "ok"),
  withField("sends a field value in Latin-1", "x-name", "\xe4", "ok"),
  withField("sends an empty field value", "x-name", "", "ok"),
  withField("sends connection", "connection", "close"),
  withField("sends keep-alive", "keep-alive", "timeout=5"),
  withField("sends proxy-connection", "proxy-connection", "keep-alive"),
  withField("sends transfer-encoding", "transfer-encoding", "chunked"),
  withField("sends upgrade", "upgrade", "h2c"),
  withField("sends a te that is not trailers", "te", "gzip"),
  withField("sends a content-length that is no number", "content-length", "many"),
  withField("sends a negative content-length", "content-length", "-1"),
  withField("sends a content-length that is larger than its body", "content-length", "1000", {
    grpc: "internal",
    connect: "internal",
    // Its end is a message of Connect.
    connectStream: "ok",
  }),
  headOf("sends a content-length that is smaller than its body", (to) => to.fields("content-length", "1"), {
    grpc: "internal",
    connect: "internal",
  }),
  headOf("sends two content-lengths", (to) => to.fields("content-length", "5", "content-length", "6")),
  withField("sends a field of 20,000 bytes", "x-name", big, "resource_exhausted"),
  headOf("sends 200 fields", (to) => to.fields(...Array.from({ length: 400 }, () => "a")), "resource_exhausted"),
  frames(
    "sends its head in many CONTINUATION frames",
    (to) => [
      frame(1, 0, to.id, []),
      ...Array.from({ length: 20 }, (_, i) =>
        frame(9, 0, to.id, block(to.fields()).slice(4 * i, i === 19 ? undefined : 4 * i + 4)),
      ),
      frame(9, endHeaders, to.id, []),
      to.message,
      to.end,
    ],
    "ok",
    "same",
  ),
  frames(
    "sends CONTINUATION frames without end",
    (to) => [frame(1, 0, to.id, [0x88]), times(1000, () => frame(9, 0, to.id, []))],
    "resource_exhausted",
  ),
  frames(
    "sends a header block without end",
    (to) => [frame(1, 0, to.id, [0x88]), times(10, () => frame(9, 0, to.id, block(["a", "x".repeat(9000)])))],
    "resource_exhausted",
  ),
  frames("sends DATA inside a header block", (to) => [frame(1, 0, to.id, [0x88]), to.message], "unavailable"),
  frames(
    "sends CONTINUATION on another stream",
    (to) => [frame(1, 0, to.id, [0x88]), frame(9, endHeaders, to.id + 2, [])],
    "unavailable",
  ),
  frames("sends CONTINUATION without HEADERS", (to) => [frame(9, endHeaders, to.id, [0x88])], "unavailable"),
  frames(
    "sends HEADERS with more padding than bytes",
    (to) => [frame(1, endHeaders | 8, to.id, [9, 0x88])],
    "unavailable",
  ),
  frames("sends padded HEADERS of no bytes", (to) => [frame(1, endHeaders | 8, to.id, [])], "unavailable"),
  frames(
    "sends HEADERS that are shorter than their priority",
    (to) => [frame(1, endHeaders | 32, to.id, [0, 0, 0])],
    "unavailable",
  ),
  frames(
    "sends HEADERS that depend on themselves",
    (to) => [frame(1, endHeaders | 32, to.id, [0, 0, 0, to.id, 1, 0x88])],
    "internal",
    "same",
  ),
  frames(
    "sends padded HEADERS with a priority",
    (to) => [
      frame(1, endHeaders | 8 | 32, to.id, [3, 0, 0, 0, 0, 1, ...block(to.fields()), 0, 0, 0]),
      to.message,
      to.end,
    ],
    "ok",
    "same",
  ),
  frames("sends HEADERS on stream 0", (to) => [headers(0, to.fields()), to.all], "unavailable"),
  frames("sends HEADERS on a stream of its own", (to) => [headers(2, to.fields()), to.all], "unavailable"),
  frames(
    "sends HEADERS on a stream that was never opened",
    (to) => [headers(to.id + 100, to.fields()), to.all],
    "unavailable",
  ),
  blockOf("refers to HPACK's index 0", [0x80], "unavailable"),
  blockOf("refers to an HPACK entry that is not there", [0xff, 0x00], "unavailable"),
  blockOf("sends an HPACK integer without end", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "unavailable"),
  blockOf("sends an HPACK string that is longer than its block", [0, 0x7f, 0xff, 0xff, 0x03], "unavailable"),
  blockOf("sends Huffman's end of string", [0, 0x84, 0xff, 0xff, 0xff, 0xff, 0], "unavailable"),
  blockOf("sends Huffman padding of zeros", [0, 0x81, 0x00, 0], "unavailable"),
  blockOf("raises the HPACK table above what was agreed", [0x3f, 0xe1, 0xff, 0x03], "unavailable"),
  blockOf("changes the HPACK table behind a field", [0x20], "unavailable"),
  blockOf(
    "refers 4,000 times to a large HPACK entry",
    [0x40, 1, 0x61, 0x7f, 0xa1, 0x1e, ...new Array<number>(4000).fill(0x78), ...new Array<number>(4000).fill(0xbe)],
    "resource_exhausted",
    "same",
  ),
  headOf(
    "answers with a web page",
    (to) => [":status", "200", "content-type", "text/html", "x-id", String(to.id)],
    noStatus,
  ),
  headOf("answers with a web page and 503", () => [":status", "503", "content-type", "text/html"], "unavailable"),
  headOf("answers with a web page and 404", () => [":status", "404", "content-type", "text/html"], "unimplemented"),
  headOf("answers with a web page and 429", () => [":status", "429", "content-type", "text/html"], "unavailable"),
  headOf("answers with status 204", (to) => [":status", "204", ...to.fields().slice(2)], "unknown"),
  headOf("redirects", () => [":status", "302", "location", "/elsewhere"], "unknown"),
  frames(
    "ends the call with its head",
    (to) => [headers(to.id, to.fields(), endStream)],
    { grpc: "internal", connect: "ok", connectStream: "internal" },
    "same",
  ),
  frames("sends its head twice", (to) => [to.head(), to.head(), to.message, to.end], "internal", "same"),
  frames(
    "sends interim heads first",
    (to) => [headers(to.id, [":status", "100"]), headers(to.id, [":status", "103", "link", "</a>"]), to.all],
    "ok",
    "same",
  ),
  frames(
    "ends the call with an interim head",
    (to) => [headers(to.id, [":status", "103"], endStream)],
    "internal",
    "same",
  ),
  frames("sends 1,000 interim heads", (to) => [times(1000, () => headers(to.id, [":status", "103"]))], "unavailable"),
];
