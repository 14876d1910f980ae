import { type ContextValues, createContextValues } from "../call/context-values.js";
import { Interception } from "../call/interception.js";
import type { Interceptor } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import { misused } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import { named } from "./caller-frames.js";
import type { ClientCall } from "./client-call.js";
import type { UnaryResponse } from "./types.js";

/** A client's call as its interceptors see it. */
export class ClientInterception<I, O> extends Interception {
  readonly side = "client";
  readonly url: undefined = undefined;
  readonly call: ClientCall<I, O>;
  peer: Peer;
  responseHeaders: HeaderMap = new HeaderMap();
  responseTrailers: HeaderMap = new HeaderMap();
  /** The answer of a call with a single response message. */
  answer: O | undefined = undefined;
  /** Why the call cannot be run again, if it cannot. */
  final: string | undefined = undefined;
  /** Attempts that run. */
  running = 0;
  values_: ContextValues | undefined = undefined;

  constructor(call: ClientCall<I, O>) {
    super(call, call.spec);
    this.call = call;
    this.peer = call.config.transport.peer();
  }

  get requestHeaders(): HeaderMap {
    return this.call.requestHeaders;
  }

  get values(): ContextValues {
    this.values_ ??= this.call.values ?? createContextValues();
    return this.values_;
  }

  errorOf(reason: unknown): ConnectError {
    return named(ConnectError.from(reason), this.spec.procedure);
  }

  answerWith(message: unknown, headers: HeaderMap, trailers: HeaderMap): void {
    this.answer = message as O;
    this.responseHeaders = headers;
    this.responseTrailers = trailers;
  }

  /** Begins a further run: what the last one left is gone. @throws ConnectError the last run's error when the call cannot be run again */
  override begin(): () => void {
    if (this.chainOver) throw misused("next() cannot run the call: the call has ended");
    if (this.final !== undefined) {
      throw this.error === undefined
        ? misused(`next() cannot run the call again: ${this.final}`)
        : noted(this.error, `not run again: ${this.final}`);
    }
    // Two runs would write into one stream.
    if (this.running > 0 && this.spec.kind !== "unary")
      throw misused("next() cannot run the stream a second time at once: await the first next()");
    this.answerWith(undefined, new HeaderMap(), new HeaderMap());
    this.stats.responseMessages = 0;
    this.stats.responseBytes = 0;
    if (this.outcome !== undefined) this.peer = this.call.config.transport.peer();
    this.error = undefined;
    this.outcome = undefined;
    return this.hooks.mark();
  }

  /**
   * Runs the interceptors around an attempt, which may run several times. Resolves when the call is
   * over; rejects with the error that the caller gets.
   */
  async runCall(interceptors: readonly Interceptor[], attempt: () => Promise<void>): Promise<void> {
    const outcome = await this.run(interceptors, async () => {
      this.running++;
      try {
        await attempt();
      } catch (reason) {
        throw this.call.errorOf(reason);
      } finally {
        this.running--;
      }
    });
    // Interceptors that did not wait for an attempt leave none behind.
    if (this.error !== undefined || this.running > 0) this.call.cancel(this.error ?? answered());
    else this.call.finish();
    this.close();
    if (!outcome.ok) throw this.error;
  }

  /** The response of a call with a single message. */
  response(): UnaryResponse<O> {
    return {
      message: this.answer as O,
      headers: this.responseHeaders,
      trailers: this.responseTrailers,
      peer: this.peer,
    };
  }
}

function answered(): ConnectError {
  return new ConnectError("canceled", "an interceptor answered the call");
}

/** Adds to what an error says in this process. */
function noted(error: ConnectError, note: string): ConnectError {
  if (!error.message.includes(note) && Object.isExtensible(error)) error.message = `${error.message} (${note})`;
  return error;
}
