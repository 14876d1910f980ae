import type { DescMessage, Message, MessageShape } from "@bufbuild/protobuf";
import { ConnectError, type UnaryCall } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import type { ConformancePayload } from "#gen/connectrpc/conformance/v1/service_pb.js";
import { protoError } from "../errors.js";
import { protoHeaders } from "../headers.js";
import { cancelTiming } from "./cancel-timing.js";
import { singleMessageOf } from "./messages.js";

/** Some response types have a payload. */
interface Response extends Message {
  readonly payload?: ConformancePayload | undefined;
}

export function unary<Desc extends DescMessage>(
  request: ClientCompatRequest,
  schema: Desc,
  start: (message: MessageShape<Desc>) => UnaryCall<Response>,
): Promise<ClientResponseResultInit> {
  const call = start(singleMessageOf(request, schema));
  cancelTiming(request, () => call.cancel()).sendClosed();
  return unaryResult(call.response);
}

/** How a call with one response went. */
export async function unaryResult(response: UnaryCall<Response>["response"]): Promise<ClientResponseResultInit> {
  try {
    const { message, headers, trailers } = await response;
    return {
      responseHeaders: protoHeaders(headers),
      payloads: [message.payload ?? {}],
      responseTrailers: protoHeaders(trailers),
    };
  } catch (error) {
    // Headers and trailers together: an error's metadata is both.
    return { error: protoError(error), responseTrailers: protoHeaders(ConnectError.from(error).metadata) };
  }
}
