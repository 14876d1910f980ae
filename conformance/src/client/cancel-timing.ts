// A file of its own: the calls of all kinds use it.
import type { ClientCompatRequest } from "#gen/connectrpc/conformance/v1/client_compat_pb.js";

/** When a call is to be canceled, and the means to do it. */
export interface CancelTiming {
  /** In place of half-closing. */
  readonly beforeCloseSend: boolean;
  /** To be called once the requests are sent and the sending side is closed. */
  sendClosed(): void;
  /** To be called with each response. */
  received(): void;
}

export function cancelTiming({ cancel }: ClientCompatRequest, stop: () => void): CancelTiming {
  const timing = cancel?.cancelTiming;
  let count = 0;
  return {
    beforeCloseSend: timing?.case === "beforeCloseSend",
    sendClosed() {
      if (timing?.case === "afterCloseSendMs") setTimeout(stop, timing.value);
      else if (timing !== undefined && timing.case === undefined) stop();
    },
    received() {
      count++;
      if (timing?.case === "afterNumResponses" && timing.value === count) stop();
    },
  };
}
