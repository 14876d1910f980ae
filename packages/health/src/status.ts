import { HealthCheckResponse_ServingStatus as Wire } from "./gen/grpc/health/v1/health_pb.js";

/** How a service is: `"unknown"` until its first check is over. */
export type ServingStatus = "unknown" | "serving" | "not_serving";

/** What the messages of the protocol have for it. */
export const wireStatus: { readonly [Status in ServingStatus]: Wire } = {
  unknown: Wire.UNKNOWN,
  serving: Wire.SERVING,
  not_serving: Wire.NOT_SERVING,
};

/** What the program says of its services, and who wants to know when that changes. */
export class Statuses {
  readonly told: Map<string, ServingStatus> = new Map([["", "serving"]]);
  readonly listeners: Set<() => void> = new Set();
  isShutDown = false;

  /**
   * The status of a service: what it was given, and for one of `mounted` that of the server as a whole. `undefined` when nobody
   * knows it.
   */
  of(service: string, mounted: readonly { readonly typeName: string }[], draining: boolean): ServingStatus | undefined {
    const own = this.told.get(service);
    const status = own ?? (mounted.some(({ typeName }) => typeName === service) ? this.told.get("") : undefined);
    return status !== undefined && (draining || this.isShutDown) ? "not_serving" : status;
  }

  set(service: string, status: ServingStatus): void {
    if (this.told.get(service) === status) return;
    this.told.set(service, status);
    this.changed();
  }

  shutDown(): void {
    this.isShutDown = true;
    this.changed();
  }

  changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
