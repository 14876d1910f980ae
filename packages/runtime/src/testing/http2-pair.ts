import { ClientConnection } from "../http2/client-connection.js";
import type { Connection } from "../http2/connection.js";
import type { Head } from "../http2/head.js";
import type { ConnectionEnd, ConnectionOptions, Goaway, ServerHost } from "../http2/options.js";
import { ServerConnection } from "../http2/server-connection.js";
import { Http2Stream, type StreamReset, type StreamSink } from "../http2/stream.js";

/** A stream that writes down what it is told. */
export class RecordedStream extends Http2Stream implements StreamSink {
  readonly events: string[] = [];
  head: Head | undefined = undefined;
  trailers: readonly string[] | undefined = undefined;
  lost: StreamReset | undefined = undefined;
  body: number[] = [];
  bodyBytes = 0;
  /** What a test wants to do when it is told. */
  react: Partial<StreamSink> = {};

  constructor(react: Partial<StreamSink> = {}) {
    super();
    this.sink = this;
    this.autoConsume = true;
    this.react = react;
  }

  onInformational(head: Head): void {
    this.events.push(`informational ${head.status}`);
    this.react.onInformational?.call(this, head);
  }

  onHead(head: Head, ended: boolean): void {
    this.head = head;
    this.events.push(ended ? "head, ended" : "head");
    this.react.onHead?.call(this, head, ended);
  }

  onData(bytes: Uint8Array): void {
    this.bodyBytes += bytes.length;
    this.body.push(...bytes.subarray(0, Math.max(0, 4096 - this.body.length)));
    if (this.events.at(-1) !== "data") this.events.push("data");
    this.react.onData?.call(this, bytes);
  }

  onEnd(trailers: readonly string[] | undefined): void {
    this.trailers = trailers;
    this.events.push("end");
    this.react.onEnd?.call(this, trailers);
  }

  onReset(reset: StreamReset): void {
    this.lost = reset;
    this.events.push(`reset ${reset.code} by ${reset.by}${reset.unprocessed ? ", unprocessed" : ""}`);
    this.react.onReset?.call(this, reset);
  }

  onDrain(): void {
    this.events.push("drain");
    this.react.onDrain?.call(this);
  }

  onClose(): void {
    this.events.push("close");
    this.react.onClose?.call(this);
  }
}

/** An adapter without a transport. */
export class RecordedHost implements ServerHost {
  readonly events: string[] = [];
  readonly streams: RecordedStream[] = [];
  flushes = 0;
  ended: ConnectionEnd | undefined = undefined;
  goaways: Goaway[] = [];
  onRequest: () => RecordedStream = () => new RecordedStream();

  flush(): void {
    this.flushes++;
  }

  closed(end: ConnectionEnd): void {
    this.ended = end;
    this.events.push(`closed ${end.code} by ${end.by}`);
  }

  settings(): void {
    this.events.push("settings");
  }

  goaway(goaway: Goaway): void {
    this.goaways.push(goaway);
    this.events.push(`goaway ${goaway.code} ${goaway.lastStreamId}`);
  }

  accept(): RecordedStream {
    const stream = this.onRequest();
    this.streams.push(stream);
    return stream;
  }
}

/** A client and a server, one beside the other. */
export class Pair {
  readonly clientHost: RecordedHost = new RecordedHost();
  readonly serverHost: RecordedHost = new RecordedHost();
  readonly client: ClientConnection;
  readonly server: ServerConnection;
  now = 0;
  /** How the bytes of one write arrive. */
  cut: (bytes: Uint8Array) => Iterable<Uint8Array> = (bytes) => [bytes];

  constructor(clientOptions: ConnectionOptions = {}, serverOptions: ConnectionOptions = {}) {
    this.client = new ClientConnection(this.clientHost, clientOptions);
    this.server = new ServerConnection(this.serverHost, serverOptions);
  }

  /** Moves bytes until nobody has any. */
  run(): void {
    while (this.move(this.client, this.server) || this.move(this.server, this.client)) {}
  }

  /** One write of one side. */
  move(from: Connection, to: Connection): boolean {
    const chunks = from.takeOutput();
    for (const chunk of chunks) {
      // The sender uses its memory again.
      for (const piece of this.cut(chunk.slice())) to.receive(piece);
    }
    from.written();
    return chunks.length > 0;
  }

  tick(ms: number): void {
    this.now += ms;
    this.client.tick(this.now);
    this.server.tick(this.now);
  }

  request(fields: readonly string[] = requestFields, endStream = false): RecordedStream {
    const stream = new RecordedStream();
    const refusal = this.client.request(stream, fields, endStream);
    if (refusal !== undefined) throw new Error(refusal.message);
    return stream;
  }
}

export const requestFields: readonly string[] = [
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/eliza.v1.ElizaService/Say",
  ":authority",
  "localhost",
  "content-type",
  "application/grpc",
];

export const responseFields: readonly string[] = [":status", "200", "content-type", "application/grpc"];

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
