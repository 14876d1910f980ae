import type { JsonObject, Registry } from "@bufbuild/protobuf";
import { type Codec, type Compression, ConnectError, HeaderMap, isNotModified, json } from "@connect-ts/runtime";
import type {
  HandlerExchange,
  HandlerSetup,
  HttpServerRequest,
  ResponseEnd,
  ResponseHead,
  WholeResponse,
} from "@connect-ts/runtime/transport";
import { acceptedCompression, appendHeaders, isForged, mediaType, readTimeout, takes } from "./headers.js";
import { isHttpBody } from "./http-body.js";
import { type RestRequest, readRequest } from "./read-request.js";
import { httpStatusOf, statusJson } from "./status.js";
import { type ResponseContent, writeResponse } from "./write-response.js";

const encoder = new TextEncoder();
const noBytes = new Uint8Array(0);

/** What all requests of a route share. */
export interface RestSettings {
  readonly registry: Registry;
  readonly ignoreUnknownParameters: boolean;
}

/** A call by REST: how its request is read, and its response written. */
export class RestExchange implements HandlerExchange {
  readonly protocol = "rest";
  readonly enveloped = false;
  readonly needsTrailers = false;
  readonly codec: Codec;
  readonly requestCompression: Compression | undefined;
  readonly requestCompressed: boolean;
  readonly responseCompression: Compression | undefined;
  readonly timeoutMs: number | undefined;
  readonly error: ConnectError | undefined;
  readonly getPayload: Uint8Array | undefined;

  readonly request: RestRequest;
  readonly json: Codec;
  readonly registry: Registry;
  readonly streams: boolean;
  readonly events: boolean;
  readonly method: string;
  readonly varies: boolean;
  /** Of a `google.api.HttpBody`. */
  contentType: string | undefined = undefined;
  /** The status of {@link RestExchange.error}, where HTTP has one that says more. */
  refusal: number | undefined = undefined;

  constructor(http: HttpServerRequest, request: RestRequest, setup: HandlerSetup, settings: RestSettings) {
    const { headers, method } = http;
    const { binding } = request.match;
    this.request = request;
    this.registry = settings.registry;
    this.method = method;
    this.json = setup.codecs.find(({ name }) => name === "json") ?? json();
    this.streams = binding.method.methodKind === "server_streaming";
    const isRaw = isHttpBody(binding.method.output) || isHttpBody(binding.responseBody?.message);
    this.events = this.streams && !isRaw && takes(headers.get("accept"), "text/event-stream");
    this.codec = this.makeCodec();
    this.getPayload = binding.body === undefined ? noBytes : undefined;

    const encoding = headers.get("content-encoding") ?? "identity";
    this.requestCompressed = encoding !== "identity" && this.getPayload === undefined;
    this.requestCompression = setup.compressions.find(({ name }) => name === encoding);
    this.varies = setup.compressions.length > 0 && !this.streams && !isRaw;
    this.responseCompression = this.varies
      ? acceptedCompression(headers.get("accept-encoding"), setup.compressions)
      : undefined;
    const timeoutMs = readTimeout(headers);
    this.timeoutMs = typeof timeoutMs === "string" ? undefined : timeoutMs;
    this.error =
      typeof timeoutMs === "string"
        ? new ConnectError("invalid_argument", timeoutMs)
        : this.refuse(encoding, setup, headers);
  }

  /** Why the request cannot be served. */
  refuse(encoding: string, { compressions }: HandlerSetup, headers: HeaderMap): ConnectError | undefined {
    if (this.requestCompressed && this.requestCompression === undefined) {
      this.refusal = 415;
      const known = ["identity", ...compressions.map(({ name }) => name)].join(", ");
      return new ConnectError(
        "invalid_argument",
        `the content-encoding ${JSON.stringify(encoding.slice(0, 64))} is not supported: the server takes ${known}`,
      );
    }
    const { contentType, match } = this.request;
    const { body, method } = match.binding;
    if (this.method === "POST" && isForged(headers)) {
      this.refusal = 415;
      return new ConnectError(
        "invalid_argument",
        "a page of another origin must send a content-type that is asked for first, such as application/json",
      );
    }
    if (body === undefined || isHttpBody(body === "*" ? method.input : body.message)) return undefined;
    const type = mediaType(contentType);
    if (type === "" || type === "application/json" || type.endsWith("+json")) return undefined;
    this.refusal = 415;
    return new ConnectError(
      "invalid_argument",
      `the content-type must be application/json, and is ${JSON.stringify(contentType.slice(0, 64))}`,
    );
  }

  makeCodec(): Codec {
    return {
      name: "json",
      text: true,
      decode: (bytes, start, end, type, decodedMaxBytes) =>
        readRequest(this.request, { bytes, start, end, decodedMaxBytes }, type, this.json),
      encode: (message, type) => this.frame(writeResponse(this.request.match.binding, message, type, this.json)),
    };
  }

  /** A message as it goes out: by itself, as a line, or as an event. */
  frame(content: ResponseContent): Uint8Array {
    if (content.kind === "raw") {
      this.contentType ??= content.contentType;
      return content.bytes;
    }
    if (!this.streams) return content.bytes;
    const text = oneLine(new TextDecoder().decode(content.bytes));
    return encoder.encode(this.events ? `data: ${text}\n\n` : `{"result":${text}}\n`);
  }

  responseHead(headers: HeaderMap): ResponseHead {
    const head = new HeaderMap();
    head.append("content-type", this.contentType ?? this.streamType());
    appendHeaders(head, headers);
    if (this.events && !head.has("cache-control")) head.append("cache-control", "no-store");
    return { status: 200, headers: head };
  }

  streamType(): string {
    return this.events ? "text/event-stream" : "application/x-ndjson";
  }

  responseEnd(error: ConnectError | undefined): ResponseEnd {
    // Bytes of a file have no place for an error: the response is broken off, so that it does not look whole.
    if (error !== undefined && this.contentType !== undefined) throw error;
    return { body: encoder.encode(this.lastWords(error)), trailers: undefined };
  }

  lastWords(error: ConnectError | undefined): string {
    const status = error === undefined ? {} : statusJson(error, this.registry);
    if (this.events) return `event: ${error === undefined ? "end" : "error"}\ndata: ${JSON.stringify(status)}\n\n`;
    return error === undefined ? "" : `{"error":${JSON.stringify(status)}}\n`;
  }

  respond(
    body: Uint8Array | undefined,
    compressed: boolean,
    error: ConnectError | undefined,
    headers: HeaderMap,
    trailers: HeaderMap,
  ): WholeResponse {
    if (error !== undefined) return this.respondError(error, headers, trailers);
    const head = new HeaderMap();
    head.append("content-type", this.contentType ?? "application/json");
    if (compressed && this.responseCompression !== undefined) {
      head.append("content-encoding", this.responseCompression.name);
    }
    if (this.varies) head.append("vary", "Accept-Encoding");
    appendHeaders(head, headers);
    appendHeaders(head, trailers, "trailer-");
    return { status: 200, headers: head, body, trailers: undefined };
  }

  respondError(error: ConnectError, headers: HeaderMap, trailers: HeaderMap): WholeResponse {
    const head = new HeaderMap();
    const notModified = (this.method === "GET" || this.method === "HEAD") && isNotModified(error);
    if (!notModified) head.append("content-type", "application/json");
    appendHeaders(head, headers);
    appendHeaders(head, error.metadata);
    appendHeaders(head, trailers, "trailer-");
    return notModified
      ? { status: 304, headers: head, body: undefined, trailers: undefined }
      : {
          status: (error === this.error ? this.refusal : undefined) ?? httpStatusOf(error.code),
          headers: head,
          body: encodeJson(statusJson(error, this.registry)),
          trailers: undefined,
        };
  }
}

export function encodeJson(value: JsonObject): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** JSON that `prettySpaces` has put on several lines, on one. */
function oneLine(text: string): string {
  return text.includes("\n") ? JSON.stringify(JSON.parse(text)) : text;
}
