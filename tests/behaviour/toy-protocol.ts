import { binary, type Codec, type Compression, ConnectError, HeaderMap, isCode, type Kind } from "@connect-ts/runtime";
import {
  type CallEnd,
  type ClientExchange,
  type ClientProtocol,
  type ClientSetup,
  envelopes,
  type HandlerExchange,
  type HandlerProtocol,
  type HandlerRequest,
  type HandlerSetup,
  type RequestHead,
  type ResponseBody,
  type ResponseEnd,
  type ResponseHead,
  type WholeResponse,
} from "@connect-ts/runtime/transport";

// #region ends
const contentType = (codec: Codec): string => `application/x-toy+${codec.name}`;

/** Flags of the last envelope: its payload is empty, or the error's code, a space, and its message. */
const endFlags = 0x40;

function writeEnd(error: ConnectError | undefined): Uint8Array {
  const payload = new TextEncoder().encode(error === undefined ? "" : `${error.code} ${error.rawMessage}`);
  const envelope = new Uint8Array(5 + payload.length);
  envelope[0] = endFlags;
  new DataView(envelope.buffer).setUint32(1, payload.length);
  envelope.set(payload, 5);
  return envelope;
}

function readEnd(payload: Uint8Array): ConnectError | undefined {
  if (payload.length === 0) return undefined;
  const [code, ...message] = new TextDecoder().decode(payload).split(" ");
  return ConnectError.remote(isCode(code) ? code : "unknown", message.join(" "));
}
// #endregion

// #region handler
/** The toy protocol on servers. */
export function toyHandlerProtocol(): HandlerProtocol {
  return {
    name: "toy",
    contentTypes: (_kind: Kind, codecs: readonly Codec[]) => codecs.map(contentType),
    allowsGet: () => false,
    accept(request: HandlerRequest, { codecs }: HandlerSetup): HandlerExchange | undefined {
      const codec = codecs.find((known) => request.headers.get("content-type") === contentType(known));
      return codec === undefined || request.method !== "POST" ? undefined : new ToyHandlerExchange(codec);
    },
    acceptUnknown: ({ headers }) =>
      headers.get("content-type")?.startsWith("application/x-toy+") ? new ToyHandlerExchange(binary()) : undefined,
  };
}

class ToyHandlerExchange implements HandlerExchange {
  readonly protocol = "toy";
  readonly codec: Codec;
  readonly enveloped = true;
  readonly needsTrailers = false;
  readonly requestCompression: Compression | undefined = undefined;
  readonly requestCompressed = false;
  readonly responseCompression: Compression | undefined = undefined;
  readonly timeoutMs: number | undefined = undefined;
  readonly error: ConnectError | undefined = undefined;
  readonly getPayload: Uint8Array | undefined = undefined;

  constructor(codec: Codec) {
    this.codec = codec;
  }

  responseHead(handlers: HeaderMap): ResponseHead {
    const headers = new HeaderMap([...handlers]);
    headers.set("content-type", contentType(this.codec));
    return { status: 200, headers };
  }

  responseEnd(error: ConnectError | undefined): ResponseEnd {
    return { body: writeEnd(error), trailers: undefined };
  }

  respond(
    message: Uint8Array | undefined,
    _compressed: boolean,
    error: ConnectError | undefined,
    headers: HeaderMap,
  ): WholeResponse {
    const body = [...(message ?? []), ...writeEnd(error)];
    return { ...this.responseHead(headers), body: Uint8Array.from(body), trailers: undefined };
  }
}
// #endregion

// #region client
/** The toy protocol on clients. */
export function toy(): ClientProtocol {
  return { name: "toy", needsTrailers: false, open: (setup) => new ToyClientExchange(setup) };
}

class ToyClientExchange implements ClientExchange {
  readonly enveloped = envelopes;
  readonly setup: ClientSetup;
  ended: CallEnd | undefined = undefined;

  constructor(setup: ClientSetup) {
    this.setup = setup;
  }

  requestHead(): RequestHead {
    const headers = new HeaderMap([...this.setup.headers]);
    headers.set("content-type", contentType(this.setup.codec));
    return { method: "POST", path: this.setup.path, headers };
  }

  responseHead(status: number, headers: HeaderMap): ResponseBody {
    return status === 200
      ? { type: "envelopes", headers, compression: undefined }
      : { type: "failed", headers, error: ConnectError.remote("unknown", `HTTP status ${status}`) };
  }

  endEnvelope(_flags: number, payload: Uint8Array): void {
    this.ended = { error: readEnd(payload), trailers: new HeaderMap() };
  }

  end(): CallEnd {
    return (
      this.ended ?? { error: ConnectError.remote("internal", "the response has no end"), trailers: new HeaderMap() }
    );
  }
}
// #endregion
