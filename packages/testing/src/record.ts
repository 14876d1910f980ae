import { ConnectError, type HeaderMap } from "@connect-ts/runtime";
import {
  type ClientConn,
  checkOptions,
  type OutgoingMessage,
  type ResponseHeadInfo,
  type Transport,
  type TransportCall,
  type TransportResponse,
} from "@connect-ts/runtime/transport";
import {
  type RecordedCall,
  type RecordedFields,
  type RecordedMessage,
  type RecordedTime,
  writeError,
  writeMessage,
} from "./recording.js";

/** Options of {@link recordCalls}. */
export interface RecordOptions {
  /** Takes each line, with its line break: `(line) => appendFileSync("calls.jsonl", line)`. What it throws is printed to `console.error`. */
  readonly write: (line: string) => void;
  /** Names of headers and trailers whose values are not written, beside `authorization`, `proxy-authorization`, `cookie` and `set-cookie`. @default none */
  readonly redact?: readonly string[] | undefined;
  /** Changes what is written of a call, or leaves it out: what messages have that nobody should read is yours to know. @default as it was */
  readonly edit?: ((call: RecordedCall) => RecordedCall | undefined) | undefined;
  /** How messages are written. A message that has no JSON is written in base64. @default "json" */
  readonly messages?: "json" | "base64" | undefined;
  /** Writes when responses came. @default false, so that a recording differs only where the calls do */
  readonly timing?: boolean | undefined;
}

const secret: readonly string[] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/**
 * A transport that writes each call that goes through it, of all four kinds, as a line of JSON: when its response was read to its end,
 * or when it failed or was canceled. `playCalls` plays the lines.
 *
 * A call is kept in memory until it is written. Values of `authorization`, `proxy-authorization`, `cookie` and `set-cookie` are never
 * written; messages are, unless `edit` changes them.
 *
 * @throws TypeError when `write` is no function
 *
 * @example
 * const transport = recordCalls(createNodeTransport({ baseUrl }), { write: (line) => appendFileSync("calls.jsonl", line) });
 */
export function recordCalls(transport: Transport, options: RecordOptions): Transport {
  checkOptions("recordCalls", options, {
    write: undefined,
    redact: undefined,
    edit: undefined,
    messages: undefined,
    timing: undefined,
  });
  if (typeof options?.write !== "function")
    throw new TypeError("recordCalls needs a function that takes lines: { write }");
  const recorder = new Recorder(options);
  return {
    peer: () => transport.peer(),
    unary: (call, message) => recorder.unary(transport, call, message),
    stream: (call) => new RecordedConn(transport.stream(call), recorder.begin(call)),
    ...(transport.close !== undefined && { close: () => transport.close?.() }),
  };
}

class Recorder {
  readonly options: RecordOptions;
  readonly redacted: ReadonlySet<string>;

  constructor(options: RecordOptions) {
    this.options = options;
    this.redacted = new Set([...secret, ...(options.redact ?? []).map((name) => name.toLowerCase())]);
  }

  begin<I, O>(call: TransportCall<I, O>): Recording<I, O> {
    return new Recording(this, call);
  }

  async unary<I, O>(
    transport: Transport,
    call: TransportCall<I, O>,
    message: OutgoingMessage<I>,
  ): Promise<TransportResponse<O>> {
    const recording = this.begin(call);
    recording.request(message.message);
    try {
      const response = await transport.unary(call, message);
      recording.response(response.message);
      recording.finish(undefined, response.headers, response.trailers);
      return response;
    } catch (reason) {
      recording.finish(ConnectError.from(reason));
      throw reason;
    }
  }

  readonly fields = (map: HeaderMap): RecordedFields =>
    Array.from(map, ([name, value]) => [name, this.redacted.has(name) ? "redacted" : value]);

  write(call: RecordedCall): void {
    const { write, edit } = this.options;
    try {
      const edited = edit === undefined ? call : edit(call);
      if (edited !== undefined) write(`${JSON.stringify(edited)}\n`);
    } catch (error) {
      console.error(`a call of ${call.procedure} was not recorded:`, error);
    }
  }
}

/** What is known of a call so far. */
class Recording<I, O> {
  readonly recorder: Recorder;
  readonly call: TransportCall<I, O>;
  readonly requestHeaders: RecordedFields;
  readonly begin: number = performance.now();
  readonly requests: RecordedMessage[] = [];
  readonly responses: (RecordedMessage & RecordedTime)[] = [];
  isClosed = false;
  isOver = false;

  constructor(recorder: Recorder, call: TransportCall<I, O>) {
    this.recorder = recorder;
    this.call = call;
    this.requestHeaders = recorder.fields(call.requestHeaders);
  }

  request(message: I): void {
    if (!this.isOver) this.requests.push(writeMessage(this.call.spec.input, message, this.form));
  }

  response(message: O): void {
    if (!this.isOver)
      this.responses.push({ ...writeMessage(this.call.spec.output, message, this.form), ...this.now() });
  }

  get form(): "json" | "base64" {
    return this.recorder.options.messages ?? "json";
  }

  now(): RecordedTime {
    const { kind } = this.call.spec;
    const streams = kind === "client_streaming" || kind === "bidi_streaming";
    return {
      ...(streams && !this.isClosed && { after: this.requests.length }),
      ...(this.recorder.options.timing === true && { ms: Math.round(performance.now() - this.begin) }),
    };
  }

  finish(error: ConnectError | undefined, headers?: HeaderMap, trailers?: HeaderMap): void {
    if (this.isOver) return;
    this.isOver = true;
    const { recorder, call, requestHeaders, requests, responses } = this;
    const { procedure, kind } = call.spec;
    const end = this.now();
    recorder.write({
      procedure,
      kind,
      requestHeaders,
      requests,
      ...(headers !== undefined && { responseHeaders: recorder.fields(headers) }),
      responses,
      ...(trailers !== undefined && { responseTrailers: recorder.fields(trailers) }),
      ...(error !== undefined && { error: writeError(error, recorder.fields) }),
      ...(Object.keys(end).length > 0 && { end }),
    });
  }
}

class RecordedConn<I, O> implements ClientConn<I, O> {
  readonly conn: ClientConn<I, O>;
  readonly recording: Recording<I, O>;
  headers: HeaderMap | undefined;

  constructor(conn: ClientConn<I, O>, recording: Recording<I, O>) {
    this.conn = conn;
    this.recording = recording;
    recording.call.onCancel((error) => recording.finish(error, this.headers));
    conn.responseHead().then(
      ({ headers }) => {
        this.headers = headers;
      },
      () => undefined,
    );
  }

  send(message: OutgoingMessage<I>): Promise<void> | undefined {
    this.recording.request(message.message);
    return this.conn.send(message);
  }

  sendHeaders(): void {
    this.conn.sendHeaders();
  }

  closeSend(): void {
    this.recording.isClosed = true;
    this.conn.closeSend();
  }

  responseHead(): Promise<ResponseHeadInfo> {
    return this.conn.responseHead();
  }

  async receive(): Promise<IteratorResult<O, undefined>> {
    try {
      const result = await this.conn.receive();
      if (result.done === true) this.recording.finish(undefined, this.headers, this.conn.trailers);
      else this.recording.response(result.value);
      return result;
    } catch (reason) {
      this.recording.finish(ConnectError.from(reason), this.headers);
      throw reason;
    }
  }

  get lastReceived(): ClientConn["lastReceived"] {
    return this.conn.lastReceived;
  }

  get trailers(): HeaderMap {
    return this.conn.trailers;
  }

  onEnd(listener: (error: ConnectError | undefined) => void): void {
    this.conn.onEnd(listener);
  }

  cancel(error: ConnectError): void {
    this.recording.finish(error, this.headers);
    this.conn.cancel(error);
  }
}
