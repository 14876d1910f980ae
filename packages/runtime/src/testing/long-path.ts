import type { Connection } from "../http2/connection.js";
import { Pair } from "./http2-pair.js";

/** How much a socket reads at once. */
const readBytes = 16_384;

/** What is on its way in one direction. */
interface OnItsWay {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A client and a server with a path between them that takes a while each way. Time goes by in milliseconds that nobody waits for. */
export class LongPath extends Pair {
  readonly delayMs: number;
  /** Bytes that the path lets through in a millisecond. */
  readonly bytesPerMs: number;
  readonly toServer: OnItsWay[] = [];
  readonly toClient: OnItsWay[] = [];

  constructor(roundTripMs: number, bytesPerMs: number, ...options: ConstructorParameters<typeof Pair>) {
    super(...options);
    this.delayMs = roundTripMs / 2;
    this.bytesPerMs = bytesPerMs;
    this.step();
  }

  /** A millisecond goes by. */
  step(): void {
    this.tick(1);
    this.arrive(this.toServer, this.server);
    this.arrive(this.toClient, this.client);
    this.leave(this.client, this.toServer);
    this.leave(this.server, this.toClient);
  }

  arrive(line: OnItsWay[], to: Connection): void {
    let left = this.bytesPerMs;
    for (let next = line[0]; next !== undefined && next.at <= this.now && left > 0; next = line[0]) {
      line.shift();
      left -= next.bytes.length;
      for (let from = 0; from < next.bytes.length; from += readBytes)
        to.receive(next.bytes.subarray(from, from + readBytes));
    }
  }

  leave(from: Connection, line: OnItsWay[]): void {
    for (let chunks = from.takeOutput(); chunks.length > 0; chunks = from.takeOutput()) {
      for (const chunk of chunks) line.push({ at: this.now + this.delayMs, bytes: chunk.slice() });
      from.written();
    }
  }
}
