import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import { bytesToBase64Url } from "../../http/platform-base64.js";
import type { ClientSetup, RequestHead } from "../protocol.js";
import { ConnectUnaryExchange } from "./client-unary.js";

// A byte order mark is part of the message.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A unary call that may go as GET, the message in the query: https://connectrpc.com/docs/protocol#unary-get-request */
export class ConnectGetExchange extends ConnectUnaryExchange {
  readonly maxUrlBytes: number;
  readonly fallbackToPost: boolean;

  constructor(setup: ClientSetup, maxUrlBytes: number, fallbackToPost: boolean) {
    super(setup);
    this.maxUrlBytes = maxUrlBytes;
    this.fallbackToPost = fallbackToPost;
  }

  /**
   * @returns `undefined` when the URL would be too long: send a POST
   * @throws ConnectError `resource_exhausted` when it would be too long and there is no falling back to POST
   */
  getHead(payload: Uint8Array, compressed: boolean): RequestHead | undefined {
    const { setup } = this;
    // The order is fixed, so that equal requests have equal URLs: caches go by them.
    let query = "?connect=v1";
    const base64 = compressed || !setup.codec.text;
    if (base64) query += "&base64=1";
    if (compressed && setup.sendCompression !== undefined) {
      query += `&compression=${encodeURIComponent(setup.sendCompression.name)}`;
    }
    query += `&encoding=${encodeURIComponent(setup.codec.name)}&message=`;
    const fixed = setup.path.length + query.length;
    // No encoding makes a message shorter: one that is too long is not worth encoding.
    if (fixed + payload.length > this.maxUrlBytes) return this.tooLong(fixed + payload.length);
    query += base64 ? bytesToBase64Url(payload) : encodeURIComponent(utf8.decode(payload));
    const path = setup.path + query;
    if (path.length > this.maxUrlBytes) return this.tooLong(path.length);
    const headers = new HeaderMap();
    this.appendCommon(headers.list);
    this.isGet = true;
    return { method: "GET", path, headers };
  }

  tooLong(length: number): undefined {
    if (this.fallbackToPost) return undefined;
    throw new ConnectError(
      "resource_exhausted",
      `the URL of a GET would have at least ${length} bytes, more than the limit of ${this.maxUrlBytes} bytes (maxUrlBytes)`,
    );
  }
}
