import type { Kind } from "../call/spec.js";
import type { HttpServerRequest } from "../http/http-server.js";
import { binary } from "../message/binary-codec.js";
import { json } from "../message/json-codec.js";
import type { MessageCodec } from "../message/message-codec.js";
import type { HandlerExchange } from "../protocol/protocol.js";
import { allProtocols } from "./method-handler.js";

const nothing: MessageCodec = {
  typeName: "",
  create: () => ({}),
  toBinary: () => new Uint8Array(0),
  fromBinary: () => ({}),
};

/** The request's head as protocols look at it. */
export type RequestHead = Pick<HttpServerRequest, "method" | "path" | "headers">;

/**
 * Finds out how to answer a request without knowing its RPC: by the content type, or by the query of
 * a GET. `undefined` when it is no RPC at all.
 */
export function exchangeOfUnknown(request: RequestHead): HandlerExchange | undefined {
  const { method, path, headers } = request;
  const mark = path.indexOf("?");
  const query = mark < 0 ? "" : path.slice(mark + 1);
  // Any page is asked for by GET; a Connect GET says how its message is encoded.
  if (method === "GET" && !/(^|&)encoding=/.test(query)) return undefined;
  const head = { method, headers, query };
  for (const kind of ["bidi_streaming", "unary"] satisfies Kind[]) {
    for (const protocol of allProtocols) {
      const exchange = protocol.accept(head, {
        spec: {
          procedure: mark < 0 ? path : path.slice(0, mark),
          kind,
          idempotency: "no_side_effects",
          input: nothing,
          output: nothing,
          options: {},
          serviceOptions: {},
        },
        codecs: [binary(), json()],
        compressions: [],
        requireConnectProtocolHeader: false,
      });
      if (exchange !== undefined) return exchange;
    }
  }
  return undefined;
}
