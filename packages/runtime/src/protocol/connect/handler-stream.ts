import type { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import { joinBytes } from "../../http/bytes.js";
import { HeaderMap } from "../../http/header-map.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, ResponseEnd, ResponseHead, WholeResponse } from "../protocol.js";
import type { ServedType } from "../shared/content-type.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { writeEndStream } from "./end-stream-writer.js";

/** A streaming call. Its HTTP status is always 200: errors are in the last envelope. */
export class ConnectStreamHandlerExchange implements HandlerExchange {
  readonly protocol = "connect" as const;
  readonly enveloped: boolean = true;
  readonly needsTrailers: boolean = false;
  readonly codec: Codec;
  readonly contentType: string;
  readonly acceptNames: string;
  readonly requestCompression: Compression | undefined;
  readonly requestCompressed: boolean = false;
  readonly responseCompression: Compression | undefined;
  readonly timeoutMs: number | undefined;
  readonly error: ConnectError | undefined;
  readonly getPayload: Uint8Array | undefined = undefined;

  constructor(
    type: ServedType,
    acceptNames: string,
    requestCompression: Compression | undefined,
    responseCompression: Compression | undefined,
    timeoutMs: number | undefined,
    error: ConnectError | undefined,
  ) {
    this.codec = type.codec;
    this.contentType = type.value;
    this.acceptNames = acceptNames;
    this.requestCompression = requestCompression;
    this.responseCompression = responseCompression;
    this.timeoutMs = timeoutMs;
    this.error = error;
  }

  responseHead(headers: HeaderMap): ResponseHead {
    const head = new HeaderMap();
    const { list } = head;
    list.push("content-type", this.contentType);
    if (this.responseCompression !== undefined) list.push("connect-content-encoding", this.responseCompression.name);
    if (this.acceptNames !== "") list.push("connect-accept-encoding", this.acceptNames);
    appendUserHeaders(list, headers);
    return { status: 200, headers: head };
  }

  responseEnd(error: ConnectError | undefined, trailers: HeaderMap): ResponseEnd {
    return { body: writeEndStream(error, trailers), trailers: undefined };
  }

  respond(
    body: Uint8Array | undefined,
    _compressed: boolean,
    error: ConnectError | undefined,
    headers: HeaderMap,
    trailers: HeaderMap,
  ): WholeResponse {
    const end = writeEndStream(error, trailers);
    return {
      status: 200,
      headers: this.responseHead(headers).headers,
      body: body === undefined ? end : joinBytes([body, end]),
      trailers: undefined,
    };
  }
}
