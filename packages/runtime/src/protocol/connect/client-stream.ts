import { envelopes } from "../../call/envelopes.js";
import type { Envelopes } from "../../call/single-receiver.js";
import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { CallEnd, ClientExchange, ClientSetup, RequestHead, ResponseBody } from "../protocol.js";
import { appendUserHeaders } from "../shared/header-fields.js";
import { httpStatusError } from "../shared/http-status.js";
import {
  type CompressionTable,
  compressionTable,
  isCompressed,
  responseCompression,
  unknownResponseCompression,
} from "../shared/negotiate-compression.js";
import { checkContentType } from "../shared/response-content-type.js";
import { connectUserAgent } from "../shared/user-agent.js";
import { endStreamFlag, readEndStream } from "./end-stream.js";
import { encodeConnectTimeout } from "./timeout.js";

const family = "application/connect+";

/** A streaming call: envelopes, the last of which has the status and the trailers as JSON. */
export class ConnectStreamExchange implements ClientExchange {
  readonly enveloped: Envelopes = envelopes;
  readonly setup: ClientSetup;
  readonly accepted: CompressionTable;
  headers: HeaderMap | undefined = undefined;
  ended: CallEnd | undefined = undefined;

  constructor(setup: ClientSetup) {
    this.setup = setup;
    this.accepted = compressionTable(setup.acceptCompression);
  }

  requestHead(): RequestHead {
    const { setup, accepted } = this;
    const headers = new HeaderMap();
    const { list } = headers;
    // Messages are compressed one by one: HTTP must not compress the whole.
    list.push(
      "content-type",
      family + setup.codec.name,
      "connect-protocol-version",
      "1",
      "accept-encoding",
      "identity",
    );
    if (setup.sendCompression !== undefined) list.push("connect-content-encoding", setup.sendCompression.name);
    if (accepted.names !== "") list.push("connect-accept-encoding", accepted.names);
    if (setup.timeoutMs !== undefined) {
      const timeout = encodeConnectTimeout(setup.timeoutMs);
      if (timeout !== undefined) list.push("connect-timeout-ms", timeout);
    }
    if (!setup.headers.has("user-agent")) list.push("user-agent", connectUserAgent);
    appendUserHeaders(list, setup.headers);
    return { method: "POST", path: setup.path, headers };
  }

  responseHead(status: number, headers: HeaderMap): ResponseBody {
    this.headers = headers;
    if (status !== 200) return { type: "failed", headers, error: httpStatusError(status, headers) };
    const error = checkContentType(headers, family + this.setup.codec.name, undefined, family);
    if (error !== undefined) return { type: "failed", headers, error };
    const encoding = headers.get("connect-content-encoding") ?? undefined;
    if (!isCompressed(encoding)) return { type: "envelopes", headers, compression: undefined };
    const compression = responseCompression(this.accepted, this.setup.sendCompression, encoding);
    return compression === undefined
      ? { type: "failed", headers, error: unknownResponseCompression(this.accepted, encoding, headers) }
      : { type: "envelopes", headers, compression };
  }

  endEnvelope(flags: number, payload: Uint8Array): void {
    if ((flags & ~1) === endStreamFlag) {
      this.ended = readEndStream(payload, this.headers ?? new HeaderMap(), this.setup.headerLimits);
    } else {
      this.ended = this.broken(`an envelope of the response has the invalid flags ${flags}`);
    }
  }

  end(_trailers: HeaderMap | undefined, _body: Uint8Array | undefined, extraBytes: number): CallEnd {
    const { ended } = this;
    if (ended === undefined) return this.broken("the response ended without an end-of-stream message");
    if (extraBytes > 0) return this.broken(`corrupt response: ${extraBytes} extra bytes after end of stream`);
    return ended;
  }

  broken(message: string): CallEnd {
    return {
      error: ConnectError.remote("internal", message, { metadata: new HeaderMap(this.headers) }),
      trailers: this.ended?.trailers ?? new HeaderMap(),
    };
  }
}
