// One kind of call: each has its file.
import type { CallOptions } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import type { ConformanceServiceClient } from "#gen/connectrpc/conformance/v1/service_connect.js";
import type { ConformancePayloadInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import { ServerStreamRequestSchema } from "#gen/connectrpc/conformance/v1/service_pb.js";
import { cancelTiming } from "./cancel-timing.js";
import { singleMessageOf } from "./messages.js";
import { streamResult } from "./stream-result.js";

export async function serverStream(
  client: ConformanceServiceClient,
  request: ClientCompatRequest,
  options: CallOptions,
): Promise<ClientResponseResultInit> {
  const stream = client.serverStream(singleMessageOf(request, ServerStreamRequestSchema), options);
  const timing = cancelTiming(request, () => stream.cancel());
  timing.sendClosed();
  const payloads: ConformancePayloadInit[] = [];
  try {
    for await (const { payload } of stream) {
      payloads.push(payload ?? {});
      timing.received();
    }
  } catch (error) {
    return streamResult(stream, payloads, error);
  }
  return streamResult(stream, payloads, undefined);
}
