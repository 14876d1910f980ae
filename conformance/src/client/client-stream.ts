import type { CallOptions } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import type { ConformanceServiceClient } from "#gen/connectrpc/conformance/v1/service_connect.js";
import { ClientStreamRequestSchema } from "#gen/connectrpc/conformance/v1/service_pb.js";
import { wait } from "#platform";
import { cancelTiming } from "./cancel-timing.js";
import { messagesOf } from "./messages.js";
import { unaryResult } from "./unary.js";

export async function clientStream(
  client: ConformanceServiceClient,
  request: ClientCompatRequest,
  options: CallOptions,
): Promise<ClientResponseResultInit> {
  const messages = messagesOf(request, ClientStreamRequestSchema);
  const stream = client.clientStream(options);
  const timing = cancelTiming(request, () => stream.cancel());
  let sent = 0;
  try {
    for (const message of messages) {
      if (request.requestDelayMs > 0) await wait(request.requestDelayMs);
      await stream.send(message);
      sent++;
    }
  } catch {
    // The call is over; the response says why.
  }
  if (timing.beforeCloseSend) stream.cancel();
  else stream.closeSend();
  timing.sendClosed();
  return { ...(await unaryResult(stream.response)), numUnsentRequests: messages.length - sent };
}
