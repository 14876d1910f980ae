import type { Kind, Spec } from "../call/spec.js";
import type { Compression } from "../framing/compression.js";
import { createRouter, type Router } from "../handler/router.js";
import { createServiceHandler, type ServiceMethod } from "../handler/service-handler.js";
import type { HandlerContext } from "../handler/types.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import type { HttpRequestSink, HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import type { MessageCodec } from "../message/message-codec.js";
import { settled } from "./manual-time.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message with one text. */
export interface Text {
  readonly text: string;
}

/** Its binary form is the text; `"unsendable"` has none, and bytes that begin with `!` are no text. */
export const textType: MessageCodec<Text> = {
  typeName: "t.Text",
  create: (init) => ({ text: "", ...(init as object | undefined) }),
  toBinary({ text }, headroom) {
    if (text === "unsendable") throw new RangeError("field t.Text.text cannot hold this");
    const bytes = encoder.encode(text);
    const frame = new Uint8Array(headroom + bytes.length);
    frame.set(bytes, headroom);
    return frame;
  },
  fromBinary(bytes, start, end) {
    const text = decoder.decode(bytes.subarray(start, end));
    if (text.startsWith("!")) throw new RangeError("no text");
    return { text };
  },
};

/** An envelope around a text, or with other flags around anything. */
export function envelope(text: string, flags = 0): Uint8Array {
  const payload = encoder.encode(text);
  const bytes = new Uint8Array(5 + payload.length);
  bytes[0] = flags;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, 5);
  return bytes;
}

/** A compression that turns bytes round. */
export const reversing: Compression = {
  name: "like",
  compress: (bytes) => bytes.slice().reverse(),
  decompress: (bytes) => bytes.slice().reverse(),
};

/** An HTTP stream that writes down what it is told to do, and does what an adapter does. */
export class FakeStream implements HttpServerStream {
  /** `"head 200"`, `"write"`, `"end"`, `"reset 2"`, `"pause"`, `"resume"`, in order. */
  readonly log: string[] = [];
  readonly bytes: number[] = [];
  headers: HeaderMap | undefined = undefined;
  trailers: HeaderMap | undefined = undefined;
  /** What `write` returns. */
  takes = true;
  over = false;

  head(status: number, headers: HeaderMap): void {
    this.log.push(`head ${status}`);
    this.headers = headers;
  }

  write(bytes: Uint8Array): boolean {
    this.log.push("write");
    this.bytes.push(...bytes);
    return this.takes;
  }

  end(bytes?: Uint8Array, trailers?: HeaderMap): void {
    if (bytes !== undefined) this.bytes.push(...bytes);
    this.log.push("end");
    this.trailers = trailers;
    this.over = true;
  }

  respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    this.head(status, headers);
    this.end(body, trailers);
  }

  reset(code: number): void {
    this.log.push(`reset ${code}`);
    this.over = true;
  }

  pause(): void {
    this.log.push("pause");
  }

  resume(): void {
    this.log.push("resume");
  }

  /** The texts of the messages that were sent. */
  get texts(): string[] {
    const bytes = Uint8Array.from(this.bytes);
    const texts: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = new DataView(bytes.buffer).getUint32(at + 1);
      texts.push(decoder.decode(bytes.subarray(at + 5, at + 5 + length)));
      at += 5 + length;
    }
    return texts;
  }

  /** How the call ended for the client, by gRPC's status: `"0"`, or code and text. */
  get status(): string | undefined {
    const from = [this.trailers, this.headers].find((headers) => headers?.has("grpc-status"));
    const code = from?.get("grpc-status");
    const text = from?.get("grpc-message");
    return code === null || code === undefined || text === null || text === undefined || text === ""
      ? (code ?? undefined)
      : `${code} ${decodeURIComponent(text)}`;
  }
}

/** A call over a {@link FakeStream}. */
export interface FakeCall {
  readonly stream: FakeStream;
  readonly sink: HttpRequestSink;
  readonly request: HttpServerRequest;
  /** Sends request messages, and ends the request. */
  sendAll(...texts: string[]): void;
  send(text: string, flags?: number): void;
  /** The client gives up, as adapters tell it. */
  leave(): Promise<void>;
  fail(reason: HttpFailure["reason"], message?: string): void;
}

/** What a service of one RPC is made from. */
export interface FakeService {
  readonly router: Router;
  readonly spec: Spec<Text, Text>;
  /** What `onError` heard. */
  readonly heard: unknown[];
  call(request?: Partial<HttpServerRequest> & { readonly with?: HeaderMapInit }): FakeCall;
}

type Handler = (request: never, context: HandlerContext) => unknown;

/** Mounts an RPC at `/t.Service/Do`, without an adapter. Calls are gRPC unless their headers say otherwise. */
export function serving(kind: Kind, handler: Handler, options: ServiceMethod["options"] = {}): FakeService {
  const spec: Spec<Text, Text> = {
    procedure: "/t.Service/Do",
    kind,
    idempotency: "unknown",
    input: textType,
    output: textType,
    options: {},
    serviceOptions: {},
  };
  const heard: unknown[] = [];
  const service = createServiceHandler(
    { typeName: "t.Service", methods: [] } as never,
    { do: spec },
    { do: handler },
    { onError: (error) => void heard.push(error), ...options },
  );
  const router = createRouter(service);
  const call: FakeService["call"] = ({ with: headers, ...rest } = {}) => {
    const stream = new FakeStream();
    const request: HttpServerRequest = {
      method: "POST",
      path: spec.procedure,
      url: `http://t.test${spec.procedure}`,
      httpVersion: "2",
      headers: new HeaderMap({ "content-type": "application/grpc", te: "trailers", ...(headers as object) }),
      address: "192.0.2.1:5000",
      tls: undefined,
      native: undefined,
      fullDuplex: true,
      trailers: true,
      ...rest,
    };
    const sink = router.handle(request, stream);
    if (sink === undefined) throw new Error("the router does not know the RPC");
    return {
      stream,
      sink,
      request,
      send: (text, flags) => sink.data(envelope(text, flags)),
      sendAll(...texts) {
        for (const text of texts) sink.data(envelope(text));
        sink.end();
      },
      async leave() {
        sink.error({ reason: "reset", message: "the client canceled the call" });
        sink.closed();
        await settled();
      },
      fail: (reason, message = "it broke") => sink.error({ reason, message }),
    };
  };
  return { router, spec, heard, call };
}
