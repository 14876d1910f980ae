import { ClientConnection, type ConnectionHost, Http2Stream, ServerConnection } from "@connect-ts/runtime/http2";

const requestFields = [
  ...[":method", "POST", ":scheme", "http", ":path", "/bench.v1.BenchService/Tiny", ":authority", "127.0.0.1:8080"],
  ...[
    "content-type",
    "application/grpc+proto",
    "te",
    "trailers",
    "user-agent",
    "engine",
    "grpc-accept-encoding",
    "gzip",
  ],
];
const responseFields = [":status", "200", "content-type", "application/grpc+proto"];
const trailers = ["grpc-status", "0"];

/** The sink of a stream that does nothing. */
class Quiet extends Http2Stream {
  constructor() {
    super();
    this.sink = this;
    this.autoConsume = true;
  }

  onInformational(): void {}
  onHead(): void {}
  onData(_bytes: Uint8Array): void {}
  onEnd(): void {}
  onReset(): void {}
  onDrain(): void {}
  onClose(): void {}
}

/** Sends back what comes. */
class Echo extends Quiet {
  override onHead(): void {
    this.sendHead(responseFields);
  }

  override onData(bytes: Uint8Array): void {
    this.sendData(bytes.slice());
  }

  override onEnd(): void {
    this.sendEnd(undefined, trailers);
  }
}

/** Sends a message so many times, each when the one before was answered. */
class Exchange extends Quiet {
  readonly message: Uint8Array;
  readonly whenOver: () => void;
  left: number;

  constructor(message: Uint8Array, count: number, whenOver: () => void) {
    super();
    this.message = message;
    this.left = count;
    this.whenOver = whenOver;
  }

  send(): void {
    if (--this.left === 0) this.sendEnd(this.message);
    else this.sendData(this.message);
  }

  override onData(): void {
    if (this.left > 0) this.send();
  }

  override onClose(): void {
    this.whenOver();
  }
}

const quietHost: ConnectionHost = { flush() {}, closed() {} };

/** Both sides of the HTTP/2 engine, whose bytes go from one to the other without a socket. */
export class EnginePair {
  readonly client: ClientConnection = new ClientConnection(quietHost);
  readonly server: ServerConnection = new ServerConnection({ ...quietHost, accept: () => new Echo() });
  readonly message: Uint8Array;
  readonly inFlight: number;
  readonly messages: number;
  open = 0;
  done = 0;

  constructor(message: Uint8Array, inFlight: number, messages: number) {
    this.message = message;
    this.inFlight = inFlight;
    this.messages = messages;
  }

  /** The number of messages that were answered. */
  run(cpuMs: number): number {
    const begun = process.cpuUsage();
    const before = this.done;
    for (let turns = 1; ; turns++) {
      while (this.open < this.inFlight) this.start();
      this.move(this.client, this.server);
      this.move(this.server, this.client);
      if (turns % 100 !== 0) continue;
      const { user, system } = process.cpuUsage(begun);
      if (user + system >= cpuMs * 1000 && this.done > before) return this.done - before;
    }
  }

  start(): void {
    this.open++;
    const stream = new Exchange(this.message, this.messages, () => {
      this.open--;
      this.done += this.messages;
    });
    const refusal = this.client.request(stream, requestFields, false);
    if (refusal !== undefined) throw new Error(refusal.message);
    stream.send();
  }

  move(from: ClientConnection | ServerConnection, to: ClientConnection | ServerConnection): void {
    const chunks = from.takeOutput();
    for (const chunk of chunks) to.receive(chunk);
    if (chunks.length > 0) from.written();
    if (from.closed) throw new Error(`the connection ended: ${from.end?.message}`);
  }
}
