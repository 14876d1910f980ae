import type { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { CallEnd, ClientExchange, ClientSetup, RequestHead, ResponseBody } from "../protocol.js";
import { mediaType } from "../shared/content-type.js";
import { appendUserHeaders, joinHeaders } from "../shared/header-fields.js";
import { codeFromHttpStatus, httpStatusError, httpStatusMessage } from "../shared/http-status.js";
import {
  type CompressionTable,
  compressionTable,
  isCompressed,
  responseCompression,
  unknownResponseCompression,
} from "../shared/negotiate-compression.js";
import { checkContentType } from "../shared/response-content-type.js";
import { connectUserAgent } from "../shared/user-agent.js";
import { errorFromJson, parseJson } from "./error-json.js";
import { remoteNotModifiedError } from "./not-modified.js";
import { encodeConnectTimeout } from "./timeout.js";

const trailerPrefix = "trailer-";

/** A unary call: the body is the message, and trailers are headers with a prefix. */
export class ConnectUnaryExchange implements ClientExchange {
  readonly enveloped: false = false;
  readonly setup: ClientSetup;
  readonly accepted: CompressionTable;
  isGet: boolean = false;
  status: number = 0;
  headers: HeaderMap | undefined = undefined;
  trailers: HeaderMap | undefined = undefined;

  constructor(setup: ClientSetup) {
    this.setup = setup;
    this.accepted = compressionTable(setup.acceptCompression);
  }

  requestHead(compressed: boolean): RequestHead {
    const { setup } = this;
    const headers = new HeaderMap();
    const { list } = headers;
    list.push("content-type", contentType(setup), "connect-protocol-version", "1");
    const { sendCompression } = setup;
    if (compressed && sendCompression !== undefined) list.push("content-encoding", sendCompression.name);
    this.appendCommon(list);
    return { method: "POST", path: setup.path, headers };
  }

  /** What GET and POST have in common. */
  appendCommon(list: string[]): void {
    const { setup, accepted } = this;
    // Said even when there is none: otherwise some HTTP clients ask for what they can decompress themselves.
    list.push("accept-encoding", accepted.names === "" ? "identity" : accepted.names);
    if (setup.timeoutMs !== undefined) {
      const timeout = encodeConnectTimeout(setup.timeoutMs);
      if (timeout !== undefined) list.push("connect-timeout-ms", timeout);
    }
    if (!setup.headers.has("user-agent")) list.push("user-agent", connectUserAgent);
    appendUserHeaders(list, setup.headers);
  }

  responseHead(status: number, received: HeaderMap): ResponseBody {
    this.status = status;
    const headers = this.splitTrailers(received);
    // A 304 has no body, and the client's copy is what was asked for.
    if (status === 304 && this.isGet) return { type: "error", headers, compression: undefined };
    if (status !== 200 && mediaType(received.get("content-type") ?? "") !== "application/json") {
      return this.failed(httpStatusError(status, this.metadata()));
    }
    if (status === 200) {
      const error = checkContentType(headers, contentType(this.setup), undefined, "application/");
      if (error !== undefined) return this.failed(error);
    }
    const encoding = received.get("content-encoding") ?? undefined;
    const type = status === 200 ? "message" : "error";
    if (!isCompressed(encoding)) return { type, headers, compression: undefined };
    const compression = responseCompression(this.accepted, this.setup.sendCompression, encoding);
    if (compression !== undefined) return { type, headers, compression };
    return this.failed(
      status === 200
        ? unknownResponseCompression(this.accepted, encoding, headers)
        : httpStatusError(status, this.metadata()),
    );
  }

  endEnvelope(): void {}

  end(_trailers: HeaderMap | undefined, body: Uint8Array | undefined): CallEnd {
    const trailers = this.trailers ?? new HeaderMap();
    if (this.status === 200) return { error: undefined, trailers };
    if (this.status === 304 && this.isGet) return { error: remoteNotModifiedError(this.metadata()), trailers };
    const json = body === undefined ? undefined : parseJson(body);
    const fallback = codeFromHttpStatus(this.status);
    return { error: errorFromJson(json, fallback, this.metadata(), httpStatusMessage(this.status)), trailers };
  }

  failed(error: ConnectError): ResponseBody {
    return { type: "failed", headers: this.headers as HeaderMap, error };
  }

  /** Parts headers from trailers. Most responses have no trailers, and keep their map. */
  splitTrailers(received: HeaderMap): HeaderMap {
    const { list } = received;
    const trailers = new HeaderMap();
    let headers = received;
    if (list.some((item) => item.startsWith(trailerPrefix))) {
      headers = new HeaderMap();
      for (let i = 0; i < list.length; i += 2) {
        const name = list[i] as string;
        const value = list[i + 1] as string;
        if (name.startsWith(trailerPrefix)) trailers.list.push(name.slice(trailerPrefix.length), value);
        else headers.list.push(name, value);
      }
    }
    this.headers = headers;
    this.trailers = trailers;
    return headers;
  }

  /** Headers and trailers together, for an error. */
  metadata(): HeaderMap {
    return joinHeaders(this.headers, this.trailers);
  }
}

function contentType(setup: ClientSetup): string {
  return `application/${setup.codec.name}`;
}
