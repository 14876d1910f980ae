import { ConnectError } from "@connect-ts/runtime";
import type { OutgoingMessage, Transport, TransportCall, TransportResponse } from "@connect-ts/runtime/transport";
import { AttemptCall, runUnary } from "./attempt-call.js";
import { counted, pushbackOf } from "./attempts.js";
import type { Hedging } from "./policy.js";
import type { unlimited } from "./throttle.js";

/**
 * Sends a call several times, each attempt a while after the one before, or at once when that failed in a way that is not
 * fatal. The first good answer counts, and gives the other attempts up; so does a failure that is fatal (gRFC A6, "Hedging Policy").
 */
export function hedge<I, O>(
  transport: Transport,
  call: TransportCall<I, O>,
  message: OutgoingMessage<I>,
  policy: Hedging,
  bucket: typeof unlimited,
): Promise<TransportResponse<O>> {
  return new Promise((resolve, reject) => {
    const running = new Set<AttemptCall<I, O>>();
    let started = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    /** No further attempt is sent: there were enough, or the server asked for that. */
    let isComplete = false;

    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      for (const attempt of running) attempt.cancel(new ConnectError("canceled", "another attempt answered"));
      settle();
    };
    const startLater = (delayMs: number): void => {
      clearTimeout(timer);
      if (!isComplete && !isOver) timer = setTimeout(start, delayMs);
    };
    const failed = (attempt: AttemptCall<I, O>, error: ConnectError): void => {
      running.delete(attempt);
      if (isOver) return;
      const pushback = pushbackOf(error, Date.now());
      const fatal = attempt.isCallOver || !policy.nonFatalCodes.has(error.code);
      if (!attempt.isCallOver) bucket.record(!fatal || pushback === "never" ? "bad" : "neutral");
      if (pushback === "never") isComplete = true;
      if (fatal || (isComplete && running.size === 0)) end(() => reject(counted(error, started)));
      // Throttled: what runs may still answer.
      else if (!bucket.allowsRetry) {
        isComplete = true;
        clearTimeout(timer);
        if (running.size === 0) end(() => reject(counted(error, started)));
      } else startLater(pushback === "never" ? 0 : (pushback ?? 0));
    };
    const start = (): void => {
      if (started > 0 && !bucket.allowsRetry) {
        isComplete = true;
        return;
      }
      const attempt = new AttemptCall(call, started++, undefined);
      running.add(attempt);
      isComplete ||= started >= policy.maxAttempts;
      // Each has a frame of its own: two may encode at once.
      runUnary(transport, attempt, { ...message }).then(
        (response) => {
          running.delete(attempt);
          if (!isOver) bucket.record("good");
          end(() => resolve(response));
        },
        (reason: unknown) => failed(attempt, ConnectError.from(reason)),
      );
      startLater(policy.hedgingDelayMs);
    };
    start();
  });
}
