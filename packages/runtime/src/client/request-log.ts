import type { OutgoingMessage } from "../call/outgoing-message.js";
import { ConnectError } from "../error/connect-error.js";

/** A request message on its way through the interceptors of its call. */
export interface Entry<I> {
  outgoing: OutgoingMessage<I>;
  /** The hooks have seen the message, or are at it. */
  admission: Promise<void> | undefined;
  readonly resolve: () => void;
  readonly reject: (error: ConnectError) => void;
}

/** Messages that may wait for an attempt to take them. */
const mostQueued = 2;

/**
 * The request messages of a streaming call, in order: those that wait to be sent, and those that were and are kept
 * for a further attempt. Each attempt reads the log from its beginning.
 */
export class RequestLog<I> {
  entries: Entry<I>[] = [];
  /** How many entries are no longer kept. */
  dropped = 0;
  /** How many entries an attempt has taken so far. */
  taken = 0;
  /** How many were sent, and the bytes of those. */
  sent = 0;
  sentBytes = 0;
  keeping = true;
  closed = false;
  sleepers: (() => void)[] = [];

  /** Adds a message. Settles when it is sent. @throws ConnectError `resource_exhausted` when too many wait */
  add(outgoing: OutgoingMessage<I>): Promise<void> {
    if (this.closed) return Promise.reject(new ConnectError("internal", "send() after closeSend()"));
    if (this.dropped + this.entries.length - this.taken >= mostQueued) {
      throw new ConnectError(
        "resource_exhausted",
        "messages are sent faster than the call takes them: wait for the promise that send() returns",
      );
    }
    return new Promise((resolve, reject) => {
      this.entries.push({ outgoing, admission: undefined, resolve, reject });
      this.wake();
    });
  }

  /** No more messages will be added. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  /** Waits for a message; `undefined` when there is none at this place and will be none, or the reader has left. */
  async at(index: number, reading: () => boolean): Promise<Entry<I> | undefined> {
    while (reading()) {
      const entry = this.entries[index - this.dropped];
      if (entry !== undefined) {
        this.taken = Math.max(this.taken, index + 1);
        return entry;
      }
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => {
        this.sleepers.push(resolve);
      });
    }
    return undefined;
  }

  /** Whoever waits for a message looks again. */
  wake(): void {
    for (const wake of this.sleepers.splice(0)) wake();
  }

  /** A message was sent. Returns whether that was for the first time. */
  sentAt(index: number, entry: Entry<I>): boolean {
    entry.resolve();
    if (index < this.sent) return false;
    this.sent = index + 1;
    if (!this.keeping) this.drop();
    return true;
  }

  /** Keeps no more what was sent: the call will not be run again. */
  forget(): void {
    this.keeping = false;
    this.drop();
  }

  drop(): void {
    this.entries.splice(0, this.sent - this.dropped);
    this.dropped = this.sent;
  }

  /** The call is over: those who wait for their messages to be sent are told. */
  end(error: ConnectError): void {
    for (const { reject } of this.entries.splice(0)) reject(error);
    this.closed = true;
    this.wake();
  }
}
