import type { HandlerContext } from "@connect-ts/runtime";
import { HealthCheckResponse_ServingStatus as Wire } from "./gen/grpc/health/v1/health_pb.js";
import { type Statuses, wireStatus } from "./status.js";

/**
 * How a service is, now and whenever that changes. Who reads slowly gets the last state, and not all those before it. When the
 * server drains the last message is `NOT_SERVING`, and then the stream ends: it would hold the server up.
 */
export async function* watch(
  statuses: Statuses,
  service: string,
  context: HandlerContext,
): AsyncGenerator<{ status: Wire }, void, undefined> {
  const { signal, drainSignal, services } = context;
  let wake: () => void = () => {};
  const changed = (): void => wake();
  statuses.listeners.add(changed);
  for (const ends of [signal, drainSignal]) ends.addEventListener("abort", changed);
  try {
    let last: Wire | undefined;
    for (;;) {
      const draining = drainSignal.aborted;
      const status = statuses.of(service, services, draining);
      const wire = status === undefined ? Wire.SERVICE_UNKNOWN : wireStatus[status];
      if (wire !== last) {
        last = wire;
        yield { status: wire };
        // It may have changed meanwhile.
        continue;
      }
      if (draining || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    statuses.listeners.delete(changed);
    for (const ends of [signal, drainSignal]) ends.removeEventListener("abort", changed);
  }
}
