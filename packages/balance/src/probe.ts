import { createHealthClient, HealthCheckResponse_ServingStatus as Status } from "@connect-ts/health";
import { ConnectError } from "@connect-ts/runtime";
import type { Clock } from "./clock.js";
import type { Server } from "./server.js";

/** How long a server may take for its first answer, in milliseconds. */
const answerMs = 20_000;

/**
 * Makes a connection to a server before it is needed, and again when it was lost: by a call of its health service. With a
 * service name it watches what the health service says; without one any answer will do, also that there is no such service.
 */
export class Probe {
  readonly server: Server;
  readonly service: string | undefined;
  readonly clock: Clock;
  /** Is told when calls may find the server otherwise than before. */
  readonly changed: () => void;
  readonly client: ReturnType<typeof createHealthClient>;
  /** Of the round that runs. */
  controller: AbortController | undefined;
  timer: unknown;

  constructor(server: Server, service: string | undefined, clock: Clock, changed: () => void) {
    this.server = server;
    this.service = service;
    this.clock = clock;
    this.changed = changed;
    this.client = createHealthClient(server.transport);
    this.start();
  }

  /** Asks anew: at once, or when a server that is down has been left alone for long enough. */
  start(): void {
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    const pause = this.server.state === "down" ? this.server.downUntil - this.clock.now() : 0;
    this.timer = this.clock.after(Math.max(0, pause), () => void this.run(controller.signal), true);
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      if (this.service === undefined) await this.client.check({}, { signal, timeoutMs: answerMs });
      else await this.watch(this.service, signal);
      this.is("ready");
    } catch (reason) {
      if (!signal.aborted) this.failed(ConnectError.from(reason));
    }
  }

  async watch(service: string, signal: AbortSignal): Promise<void> {
    for await (const { status } of this.client.watch({ service }, { signal })) {
      this.is(status === Status.SERVING ? "ready" : "not_serving");
    }
    throw new ConnectError("unavailable", "the watch has ended");
  }

  failed(error: ConnectError): void {
    // Without a service name any answer will do. Without a health service there is nothing to watch.
    if (error.code === "unimplemented" || (this.service === undefined && error.isRemote)) {
      this.is("ready");
      return;
    }
    this.server.failed();
    this.changed();
    this.start();
  }

  is(state: "ready" | "not_serving"): void {
    this.server.reached();
    this.server.state = state;
    this.changed();
  }

  stop(): void {
    this.clock.cancel(this.timer);
    this.controller?.abort();
  }
}
