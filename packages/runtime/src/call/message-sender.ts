import { ConnectError } from "../error/connect-error.js";
import { EnvelopeWriter } from "../framing/envelope-writer.js";
import type { Frame } from "./outgoing-message.js";

/** What may wait for the transport, beyond what it took: two messages, or this many bytes. */
const holdMaxBytes = 256 * 1024;

/**
 * The sending half of a stream of messages: frames go out in order, and whoever sends waits while the
 * transport can take no more. The bound cannot be passed by: who sends on without waiting gets an error.
 */
export class MessageSender {
  readonly writer: EnvelopeWriter;
  messages = 0;
  bytes = 0;
  waiting: { readonly resolve: () => void; readonly reject: (error: ConnectError) => void }[] = [];
  /** Messages that wait for their compression, and their bytes before it. */
  coming = 0;
  comingBytes = 0;
  /** What tells those who wait for one that the call is over. */
  readonly expecting: Set<(error: ConnectError) => void> = new Set();

  constructor(write: (bytes: Uint8Array) => boolean) {
    this.writer = new EnvelopeWriter(write);
  }

  /**
   * Sends a frame. Returns a promise when the sender has to wait, `undefined` otherwise.
   *
   * @throws ConnectError `resource_exhausted` when too much waits already
   */
  send(frame: Frame): Promise<void> | undefined {
    if (this.waiting.length >= 2 && this.writer.held + frame.bytes.length > holdMaxBytes) throw tooFast();
    this.messages++;
    this.bytes += frame.size;
    const flags = frame.options.enveloped ? Number(frame.compressed) : undefined;
    if (this.writer.append(flags, frame.bytes)) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /** A message will be sent when it is compressed. @throws ConnectError `resource_exhausted` when too much waits already */
  expect(bytes: number): void {
    const messages = this.waiting.length + this.coming;
    if (messages >= 2 && this.writer.held + this.comingBytes + bytes > holdMaxBytes) throw tooFast();
    this.coming++;
    this.comingBytes += bytes;
  }

  /** Waits for the frame of a message that is expected, but no longer than the call lasts: a compression of a user's may never end. */
  async comes(frame: PromiseLike<Frame>): Promise<Frame> {
    let stopped!: (error: ConnectError) => void;
    const over = new Promise<never>((_, reject) => {
      stopped = reject;
    });
    this.expecting.add(stopped);
    try {
      return await Promise.race([frame, over]);
    } finally {
      this.expecting.delete(stopped);
    }
  }

  /** One that was expected is there, or will not come. */
  arrived(bytes: number): void {
    this.coming--;
    this.comingBytes -= bytes;
  }

  /** The transport can take more. */
  drained(): void {
    this.writer.drained();
    if (this.writer.blocked) return;
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** Whether somebody waits who has to be told when the call is over. */
  get hasWaiters(): boolean {
    return this.waiting.length > 0 || this.expecting.size > 0;
  }

  /** The call is over: whoever waits is told. */
  stop(error: ConnectError): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
    for (const stopped of this.expecting) stopped(error);
  }
}

function tooFast(): ConnectError {
  return new ConnectError(
    "resource_exhausted",
    "messages are sent faster than the transport takes them: wait for the promise that send() returns",
  );
}
