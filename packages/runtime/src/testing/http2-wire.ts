import { ClientConnection } from "../http2/client-connection.js";
import type { Connection } from "../http2/connection.js";
import type { ConnectionOptions } from "../http2/options.js";
import { ServerConnection } from "../http2/server-connection.js";
import { concat, linesOf, preface, settings, settingsAck } from "./http2-frames.js";
import { RecordedHost } from "./http2-pair.js";

/** One connection of ours, whose peer is a test that writes and reads frames. */
export class Wire<Side extends Connection> {
  readonly host: RecordedHost;
  readonly connection: Side;
  now = 0;

  constructor(make: (host: RecordedHost) => Side) {
    this.host = new RecordedHost();
    this.connection = make(this.host);
  }

  /** Frames come, in one chunk. */
  send(...frames: readonly Uint8Array[]): this {
    this.connection.receive(concat(...frames));
    return this;
  }

  /** Time goes by. */
  wait(ms: number): this {
    this.now += ms;
    this.connection.tick(this.now);
    return this;
  }

  /** What was sent since the last time, one line for each frame; all of it has left. */
  lines(): string[] {
    return linesOf(this.output());
  }

  output(): Uint8Array[] {
    const chunks = this.connection.takeOutput().map((chunk) => chunk.slice());
    if (chunks.length > 0) this.connection.written();
    return chunks;
  }
}

/** A server whose client has said hello; what it answered to that is read. */
export function serverWire(
  options: ConnectionOptions = {},
  clientSettings: readonly number[] = [],
): Wire<ServerConnection> {
  const wire = new Wire((host) => new ServerConnection(host, options));
  wire.send(preface, settings(clientSettings), settingsAck).output();
  return wire;
}

/** A client whose server has said hello; what it sent until then is read. */
export function clientWire(
  options: ConnectionOptions = {},
  serverSettings: readonly number[] = [],
): Wire<ClientConnection> {
  const wire = new Wire((host) => new ClientConnection(host, options));
  wire.send(settings(serverSettings), settingsAck);
  wire.connection.takeOutput();
  wire.connection.written();
  return wire;
}
