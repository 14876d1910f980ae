import { type ConnectError, HeaderMap } from "@connect-ts/runtime";
import type { ClientConn, OutgoingMessage, ResponseHeadInfo, TransportCall } from "@connect-ts/runtime/transport";
import type { Entry } from "./nearest.js";
import { type Player, recordingPeer, untilDue } from "./player.js";
import { comparable, type RecordedTime, readError } from "./recording.js";

/** A stream out of a recording. Which call is played is settled when the first thing of its response is due. */
export class PlayedConn<I, O> implements ClientConn<I, O> {
  readonly player: Player;
  readonly call: TransportCall<I, O>;
  readonly begin: number = performance.now();
  readonly sent: unknown[] = [];
  isClosed = false;
  entry: Entry | undefined;
  /** How many responses were given. */
  given = 0;
  lastReceived: ClientConn["lastReceived"] = { compressed: false, bytes: 0 };
  trailers: HeaderMap = new HeaderMap();
  ended: { readonly error: ConnectError | undefined } | undefined;
  endListeners: ((error: ConnectError | undefined) => void)[] = [];
  /** Who waits until something happens. */
  waiting: (() => void)[] = [];

  constructor(player: Player, call: TransportCall<I, O>) {
    this.player = player;
    this.call = call;
  }

  // -------------------------------------------------------------- the request

  send({ message }: OutgoingMessage<I>): undefined {
    // What is sent after the recorded end is not looked at, as no server would.
    if (this.ended !== undefined || this.isEndDue) return;
    this.sent.push(comparable(this.call.spec.input, message));
    this.step();
  }

  sendHeaders(): void {
    // There is nobody to send them to.
  }

  closeSend(): void {
    if (this.ended !== undefined || this.isClosed || this.isEndDue) return;
    this.isClosed = true;
    this.step();
  }

  step(): void {
    const { player, call, sent, isClosed } = this;
    const fitting = this.entry === undefined ? player.find(call.spec, sent, isClosed) : this.stillFits();
    if (fitting === undefined) {
      this.finish(player.missing(call.spec, sent, isClosed));
      return;
    }
    const { responses, end } = fitting.call;
    if (this.entry === undefined && this.isDue(fitting, responses[0] ?? end)) {
      fitting.isPlayed = true;
      this.entry = fitting;
    }
    this.wake();
  }

  stillFits(): Entry | undefined {
    const { player, sent, isClosed, entry } = this;
    return entry !== undefined && player.fits(entry, sent, isClosed) ? entry : undefined;
  }

  isDue({ call }: Entry, time: RecordedTime | undefined): boolean {
    return this.sent.length + (this.isClosed ? 1 : 0) >= (time?.after ?? call.requests.length + 1);
  }

  get isEndDue(): boolean {
    return this.entry !== undefined && this.isDue(this.entry, this.entry.call.end);
  }

  // -------------------------------------------------------------- the response

  async responseHead(): Promise<ResponseHeadInfo> {
    for (;;) {
      if (this.ended?.error !== undefined) throw this.ended.error;
      const entry = this.entry ?? this.player.find(this.call.spec, this.sent, this.isClosed);
      if (entry?.call.responseHeaders !== undefined) {
        return { headers: new HeaderMap(entry.call.responseHeaders), peer: recordingPeer };
      }
      if (this.isEndDue && this.entry?.call.error !== undefined) throw readError(this.entry.call.error);
      await this.change();
    }
  }

  async receive(): Promise<IteratorResult<O, undefined>> {
    const { player, call } = this;
    for (;;) {
      if (this.ended?.error !== undefined) throw this.ended.error;
      if (this.ended !== undefined) return { done: true, value: undefined };
      const { entry } = this;
      const response = entry?.call.responses[this.given];
      if (entry !== undefined && response !== undefined && this.isDue(entry, response)) {
        this.given++;
        await untilDue(player, call, this.begin, response);
        const value = player.read(entry, call.spec.output, response);
        this.lastReceived = { compressed: false, bytes: call.spec.output.toBinary(value, 0).length };
        return { done: false, value };
      }
      if (entry !== undefined && response === undefined && this.isEndDue) {
        const { error, end, responseTrailers } = entry.call;
        await untilDue(player, call, this.begin, end);
        this.trailers = new HeaderMap(responseTrailers);
        this.finish(error === undefined ? undefined : readError(error));
      } else {
        await this.change();
      }
    }
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    if (this.ended === undefined) this.endListeners.push(listener);
    else listener(this.ended.error);
  }

  cancel(error: ConnectError): void {
    this.finish(error);
  }

  finish(error: ConnectError | undefined): void {
    if (this.ended !== undefined) return;
    this.ended = { error };
    for (const listener of this.endListeners.splice(0)) listener(error);
    this.wake();
  }

  change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
