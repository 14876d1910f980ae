// Lines of the runtime whose mutants live, and why that is no gap of the oracle: see mutants.mjs.
export const survivors = [
  {
    why: "Which stream has its turn, not what comes of it: all get theirs. The order has tests of its own (send-queue.test.ts).",
    lines: [
      "http2/send-queue.ts: this.ahead += left;",
      "http2/send-queue.ts: this.ahead = 0;",
      "http2/send-queue.ts: if (n > stream.sendWindow || n > this.window || n > this.turnBytes + spareBytes || stream.id === 0 || !this.hasRoom)",
      "http2/send-queue.ts: const spareBytes = 1024;",
      "http2/send-queue.ts: if (stream.queued === 0 || stream.sendWindow <= 0 || stream.id === 0 || stream.inLine) return;",
    ],
  },
  {
    why: "It saves work: with it or without it the same bytes are read and written. Its figures are in the benchmarks.",
    lines: [
      "http2/frame/frame-reader.ts: if (at < end) this.keep(chunk, at, end);",
      "http2/hpack/decoder.ts: this.secret = false;",
      "http2/oldest-first.ts: if (step.done === true) {",
      "http2/hpack/block-cache.ts: this.hash = -1;",
      "http2/hpack/block-cache.ts: const maxBytes = 128;",
      "http2/frame/byte-sink.ts: constructor(capacity = 1024) {",
      "http2/hpack/encoder-table.ts: const slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (seenValues - 1);",
      "http2/hpack/decoder.ts: if (table.version === version && !this.secret && block.tooLarge === undefined) {",
      "http2/hpack/encoder.ts: if (i === length && missed <= 1 + (length >> 4)) return;",
      "http2/hpack/string-bytes.ts: let all = 0;",
      "call/turns.ts: if (now() - this.begun < turnMs) return undefined;",
      "http2/flow-control.ts: if (raised <= this.window) return;",
      "http2/head.ts: this.head = head;",
      "http2/hpack/block-cache.ts: for (let i = 0; i < length; i++) if (found.bytes[i] !== bytes[start + i]) return undefined;",
      "http2/pieces.ts: const smallPiece = 4096;",
      "http2/frame/frame-writer.ts: if (spareSlabs.length < maxSpareSlabs && slab.buffer.length === slabBytes) spareSlabs.push(slab);",
      "call/interception.ts: cancel(timer);",
    ],
  },
  {
    why: "How much is borne: one more or one less of what a peer may do, or of what waits. At its exact value a limit is asked by unit tests (floods.test.ts, limits.test.ts, sent-metadata.test.ts).",
    lines: [
      "http2/connection.ts: this.counters.pings.pay(1);",
      "http2/connection.ts: if (padding > 0) this.credit.consumed(stream, padding);",
      "http2/frame/frame-writer.ts: this.control = 0;",
      "http2/frame/frame-writer.ts: this.control += n;",
      "handler/sent-metadata.ts: if (bytes > maxBlockBytes)",
      "handler/orphans.ts: const looks = 4;",
      "client/intercepted-conn.ts: log.sentBytes += frame?.bytes.length ?? this.call.spec.input.toBinary(message, 0).length;",
      "client/stream-attempt.ts: this.resendBytes += frame.bytes.length;",
      'http2/options.ts: maxConcurrentStreams: within("maxConcurrentStreams", options.maxConcurrentStreams ?? 1024, 0, max31),',
      'http2/connection.ts: this.breakOff(stream, code, "a malformed PRIORITY frame", true);',
      "http2/options.ts: 1,",
      "http2/link.ts: this.failed(error);",
      "call/stream-receiver.ts: if (this.paused && !this.done && (!this.readable || this.reader.buffered < highWaterBytes / 2)) {",
      "call/message-sender.ts: this.comingBytes += bytes;",
    ],
  },
  {
    why: "Middleware of Express, Fastify and Koa, which no schedule has: mount.test.ts and node-handler.test.ts run it.",
    lines: [
      'handler/mount.ts: this.methods = new Set(Array.from(procedures, (procedure) => procedure.slice(procedure.lastIndexOf("/"))));',
    ],
  },
  {
    why: "The same program: a value that is set again before it is read, undefined in place of false, a byte written behind the end of an array or over which the next one is written, a size that is never below 0, a stream that is over and is canceled once more, a connection that is over and whose output nobody takes.",
    lines: [
      "http2/frame/frame-writer.ts: for (let i = 0; i < debug.length; i++) payload[8 + i] = debug.charCodeAt(i);",
      "http2/hpack/encoder.ts: else for (let i = 0; i < length; i++) buffer[at + i] = bytes[i] as number;",
      "http2/hpack/encoder-table.ts: while (ring.length > 0 && ring.bytes > bytes) {",
      "http2/stream.ts: this.receiveWindow = 0;",
      "http2/stream.ts: this.credited = false;",
      "http2/stream.ts: this.headPosition = 0;",
      "http2/link.ts: this.ready = false;",
      "http2/hpack/huffman.ts: if (found < 0 && bits <= commonOnes) break;",
      "http2/send-queue.ts: stream.trailersToSend = undefined;",
      "http2/client-connection.ts: this.shuttingDown = false;",
      "http2/hpack/encoder-table.ts: this.unused.delete(ring.inserted - ring.length + 1);",
      "http2/outgoing.ts: if (stream.headSent || stream.ended || stream.closed) return;",
      "client/stream-attempt.ts: if (this.receiver.sawLast && extraBytes > 0) cancelStream(this.stream);",
      "handler/handler-context.ts: ? { value: undefined, writable: true, enumerable: true, configurable: true }",
      "http2/server-connection.ts: if (this.end !== undefined || this.finalGoaway) return;",
      "handler/pump.ts: let goesOn = true;",
      "http2/frame/frame-writer.ts: this.dataStream = 0;",
    ],
  },
  {
    why: "How fast windows grow, which flow-control.test.ts asks: schedules ask that they suffice and that they are bounded.",
    lines: ["http2/stream.ts: this.arrived = 0;"],
  },
  {
    why: "No schedule comes so far: some 2^30 streams on one connection.",
    lines: [
      "http2/client-connection.ts: return this.end === undefined && this.goaway === undefined && !this.shuttingDown && this.nextId <= lastStreamId;",
    ],
  },
  {
    why: "Handlers that outlive their calls by more than a tenth of a second, which hardly any of a schedule does: orphans.test.ts counts them.",
    lines: [
      "handler/orphans.ts: this.grace.push({ call, until: now() + graceMs, looks });",
      "handler/orphans.ts: since.push(call);",
    ],
  },
  {
    why: "What no client of a schedule does: a bidirectional call over HTTP/1.1 where the server does not allow it. http1-limits.test.ts asks.",
    lines: ["handler/method-handler.ts: allowHalfDuplex: options.allowHalfDuplexBidiOverHttp1 ?? false,"],
  },
  {
    why: "What no server of a schedule does: to compress the end of a stream, and to answer a unary call with two messages and wait to be told. stream-receiver.test.ts and single-response.test.ts ask.",
    lines: [
      "call/stream-receiver.ts: (flags & 1) === 1 && end > start",
      "client/single-response.ts: conn.cancel(error);",
    ],
  },
  {
    why: "Secrets do not stay in memory, which nobody sees from outside: encoder.test.ts and block-cache.test.ts look.",
    lines: [
      "http2/hpack/string-bytes.ts: scratch.fill(0, 0, length);",
      "http2/hpack/decoder.ts: const never = !indexed && first >= 0x10;",
    ],
  },
];
