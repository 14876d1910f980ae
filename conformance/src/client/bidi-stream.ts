import type { CallOptions } from "@connect-ts/runtime";
import type { ClientResponseResultInit } from "#gen/connectrpc/conformance/v1/client_compat_init.js";
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { StreamType } from "#gen/connectrpc/conformance/v1/config_pb.js";
import type { ConformanceServiceClient } from "#gen/connectrpc/conformance/v1/service_connect.js";
import type { ConformancePayloadInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import { BidiStreamRequestSchema } from "#gen/connectrpc/conformance/v1/service_pb.js";
import { wait } from "#platform";
import { cancelTiming } from "./cancel-timing.js";
import { messagesOf } from "./messages.js";
import { streamResult } from "./stream-result.js";

export async function bidiStream(
  client: ConformanceServiceClient,
  request: ClientCompatRequest,
  options: CallOptions,
): Promise<ClientResponseResultInit> {
  const messages = messagesOf(request, BidiStreamRequestSchema);
  const fullDuplex = request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
  const stream = client.bidiStream(options);
  const timing = cancelTiming(request, () => stream.cancel());
  const responses = stream[Symbol.asyncIterator]();
  const payloads: ConformancePayloadInit[] = [];
  let sent = 0;
  let failure: unknown;

  /** Reads a response; false at the end of the stream. */
  async function receive(): Promise<boolean> {
    const { done, value } = await responses.next();
    if (done) return false;
    payloads.push(value.payload ?? {});
    timing.received();
    return true;
  }

  try {
    let open = true;
    for (const message of messages) {
      if (request.requestDelayMs > 0) await wait(request.requestDelayMs);
      try {
        await stream.send(message);
      } catch {
        // The call is over; reading says why.
        break;
      }
      sent++;
      if (fullDuplex && !(await receive())) {
        open = false;
        break;
      }
    }
    if (timing.beforeCloseSend) stream.cancel();
    else stream.closeSend();
    timing.sendClosed();
    while (open && (await receive()));
  } catch (error) {
    failure = error;
  }
  const result = await streamResult(stream, payloads, failure);
  return { ...result, numUnsentRequests: messages.length - sent };
}
