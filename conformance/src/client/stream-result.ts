// A file of its own: the calls of all streaming kinds use it.
import { ConnectError, HeaderMap, type StreamCall } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import type { ConformancePayloadInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import { protoError } from "../errors.js";
import { protoHeaders } from "../headers.js";

/** How a call with a stream of responses went. */
export async function streamResult(
  stream: StreamCall,
  payloads: ConformancePayloadInit[],
  error: unknown,
): Promise<ClientResponseResultInit> {
  // The call is over: both are known, or never will be.
  const headers = await stream.headers.catch(() => new HeaderMap());
  const result = { payloads, responseHeaders: protoHeaders(headers) };
  if (error === undefined) return { ...result, responseTrailers: protoHeaders(await stream.trailers) };
  return {
    ...result,
    error: protoError(error),
    responseTrailers: protoHeaders(ConnectError.from(error).metadata),
  };
}
