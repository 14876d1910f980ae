import type { ConnectError } from "../../error/connect-error.js";
import type { Compression } from "../../framing/compression.js";
import { HeaderMap } from "../../http/header-map.js";
import type { Codec } from "../../message/codec.js";
import type { HandlerExchange, ResponseEnd, ResponseHead, WholeResponse } from "../protocol.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { httpStatusFromCode } from "./code-table.js";
import { writeErrorJson } from "./error-json-writer.js";
import { isNotModified } from "./not-modified.js";

/** A unary call, by POST or GET. */
export class ConnectUnaryHandlerExchange implements HandlerExchange {
  readonly protocol = "connect" as const;
  readonly enveloped: boolean = false;
  readonly needsTrailers: boolean = false;
  readonly codec: Codec;
  readonly acceptNames: string;
  readonly requestCompression: Compression | undefined;
  readonly requestCompressed: boolean;
  readonly responseCompression: Compression | undefined;
  readonly timeoutMs: number | undefined;
  readonly error: ConnectError | undefined;
  readonly getPayload: Uint8Array | undefined;

  constructor(
    codec: Codec,
    acceptNames: string,
    requestCompression: Compression | undefined,
    requestCompressed: boolean,
    responseCompression: Compression | undefined,
    timeoutMs: number | undefined,
    error: ConnectError | undefined,
    getPayload: Uint8Array | undefined,
  ) {
    this.codec = codec;
    this.acceptNames = acceptNames;
    this.requestCompression = requestCompression;
    this.requestCompressed = requestCompressed;
    this.responseCompression = responseCompression;
    this.timeoutMs = timeoutMs;
    this.error = error;
    this.getPayload = getPayload;
  }

  responseHead(headers: HeaderMap): ResponseHead {
    const head = new HeaderMap();
    head.list.push("content-type", `application/${this.codec.name}`);
    this.appendCommon(head.list);
    appendUserHeaders(head.list, headers);
    return { status: 200, headers: head };
  }

  responseEnd(): ResponseEnd {
    return { body: undefined, trailers: undefined };
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
    const { list } = head;
    list.push("content-type", `application/${this.codec.name}`);
    if (compressed && this.responseCompression !== undefined) {
      list.push("content-encoding", this.responseCompression.name);
    }
    this.appendCommon(list);
    appendUserHeaders(list, headers);
    appendUserHeaders(list, trailers, "trailer-");
    return { status: 200, headers: head, body, trailers: undefined };
  }

  respondError(error: ConnectError, headers: HeaderMap, trailers: HeaderMap): WholeResponse {
    const head = new HeaderMap();
    const { list } = head;
    const notModified = this.isGet() && isNotModified(error);
    if (!notModified) list.push("content-type", "application/json");
    this.appendCommon(list);
    appendUserHeaders(list, headers);
    appendUserHeaders(list, error.metadata);
    appendUserHeaders(list, trailers, "trailer-");
    return notModified
      ? { status: 304, headers: head, body: undefined, trailers: undefined }
      : { status: httpStatusFromCode(error.code), headers: head, body: writeErrorJson(error), trailers: undefined };
  }

  appendCommon(list: string[]): void {
    if (this.acceptNames !== "") list.push("accept-encoding", this.acceptNames);
  }

  isGet(): boolean {
    return false;
  }
}
