// A server on the engine alone, over node:net or node:tls: it greets whoever asks, after the request is complete.
import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
import { Http2Stream, ServerConnection } from "@connect-ts/runtime/http2";

const greeting = Buffer.from("hello there");

// #region stream
/** One request and its response: the stream is its own sink. */
class Hello extends Http2Stream {
  constructor() {
    super();
    this.sink = this;
    this.autoConsume = true;
  }

  onInformational() {}
  onHead() {}
  onData() {}

  onEnd() {
    this.sendHead([":status", "200", "content-type", "text/plain"]);
    this.sendEnd(greeting);
  }

  onReset() {}
  onDrain() {}
  onClose() {}
}
// #endregion

// #region host
/** What the engine asks of a socket. */
class SocketHost {
  constructor(socket, options) {
    this.socket = socket;
    this.scheduled = false;
    this.connection = new ServerConnection(this, { ...options, now: performance.now() });
  }

  accept() {
    return new Hello();
  }

  flush() {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.write());
  }

  write() {
    this.scheduled = false;
    const chunks = this.connection.takeOutput();
    if (chunks.length === 0) return;
    this.socket.cork();
    for (const chunk of chunks.slice(0, -1)) this.socket.write(chunk);
    this.socket.write(chunks.at(-1), () => this.connection.written());
    this.socket.uncork();
  }

  closed() {
    this.write();
    this.socket.end();
  }
}

function serveSocket(socket, options) {
  const { connection } = new SocketHost(socket, options);
  const clock = setInterval(() => connection.tick(performance.now()), 50);
  socket.on("data", (chunk) => {
    connection.tick(performance.now());
    connection.receive(chunk);
  });
  socket.on("end", () => connection.peerEnded());
  socket.on("error", (error) => connection.transportLost(error));
  socket.on("close", () => {
    clearInterval(clock);
    connection.transportLost();
  });
}
// #endregion

/** Listens on a free port of this machine. With `key` and `cert`: over TLS. */
export function listen({ key, cert, ...options } = {}) {
  const serve = (socket) => serveSocket(socket, options);
  const server =
    key === undefined ? net.createServer(serve) : tls.createServer({ key, cert, ALPNProtocols: ["h2"] }, serve);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port, close: () => server.close() }));
  });
}
