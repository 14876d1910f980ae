import { ConnectError, codeFromNumber, type HandlerContext } from "@connect-ts/runtime";
import type { PingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema } from "../gen/src/ping/v1/ping_pb.js";

/** What tests look at: how calls went on the handler's side. */
export interface Observed {
  /** Names of generators that ran their `finally`. */
  readonly finished: string[];
  /** Reasons of signals that aborted. */
  readonly aborted: unknown[];
}

export function observed(): Observed {
  return { finished: [], aborted: [] };
}

/** Header that handlers echo into the response's headers; the `-bin` one goes into the trailers. */
export const echoHeader = "x-echo";
export const echoTrailer = "x-echo-bin";

function echoMetadata(context: HandlerContext): void {
  const text = context.requestHeaders.get(echoHeader);
  if (text !== null) context.responseHeaders.set(echoHeader, text);
  const bytes = context.requestHeaders.getBinary(echoTrailer);
  if (bytes !== null) context.responseTrailers.setBinary(echoTrailer, bytes);
}

/** Waits; ends early, by a throw, when the call is over. */
function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

/** The test kit's service: plain, checkable answers. */
export function pingService(seen: Observed = observed()): PingServiceHandler {
  return {
    async ping(request, context) {
      echoMetadata(context);
      if (request.delayMs > 0) {
        context.signal.addEventListener("abort", () => seen.aborted.push(context.signal.reason));
        await delay(request.delayMs, context.signal);
      }
      const { number, text, data, any } = request;
      return any === undefined ? { number, text, data } : { number, text, data, any };
    },
    fail(request, context) {
      echoMetadata(context);
      const error = new ConnectError(codeFromNumber(request.code) ?? "unknown", request.message, {
        metadata: { "x-reason": "asked-for" },
      });
      if (request.detail !== "") error.addDetail(FailDetailSchema, { reason: request.detail });
      throw error;
    },
    async sum(requests, context) {
      echoMetadata(context);
      let sum = 0n;
      for await (const { number } of requests) sum += number;
      return { sum };
    },
    async *countUp(request, context) {
      echoMetadata(context);
      try {
        for (let number = 1n; number <= request.number; number++) yield { number, padding: request.padding };
        const code = codeFromNumber(request.failCode);
        if (code !== undefined) throw new ConnectError(code, "counted far enough");
      } finally {
        seen.finished.push("countUp");
      }
    },
    async *cumSum(requests, context) {
      echoMetadata(context);
      context.signal.addEventListener("abort", () => seen.aborted.push(context.signal.reason));
      try {
        let sum = 0n;
        for await (const { number } of requests) {
          sum += number;
          yield { sum };
        }
      } finally {
        seen.finished.push("cumSum");
      }
    },
  };
}
