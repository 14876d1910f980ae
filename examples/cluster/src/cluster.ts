// Keeps workers running on one port, and replaces them without a lost call.
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// #region cluster
export class Workers {
  private readonly running = new Set<Worker>();
  private readonly leaving = new Set<Worker>();
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
    cluster.setupPrimary({ exec: fileURLToPath(new URL("worker.js", import.meta.url)) });
  }

  /** Starts a worker. It takes connections when this resolves. */
  async start(): Promise<void> {
    const worker = cluster.fork({ PORT: String(this.port) });
    this.running.add(worker);
    worker.once("exit", () => void this.ended(worker));
    await once(worker, "listening", { signal: AbortSignal.timeout(10_000) });
  }

  /** Replaces each worker. A new one is there before the old one stops taking connections and ends its calls. */
  async restart(): Promise<void> {
    for (const worker of [...this.running]) {
      await this.start();
      await this.stop(worker);
    }
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.running].map((worker) => this.stop(worker)));
  }

  private async stop(worker: Worker): Promise<void> {
    this.running.delete(worker);
    this.leaving.add(worker);
    worker.process.kill("SIGTERM");
    await once(worker, "exit");
  }

  /** A worker that ends by itself is replaced, after a moment, so that one which cannot start does not keep a core busy. */
  private async ended(worker: Worker): Promise<void> {
    if (this.leaving.delete(worker) || !this.running.delete(worker)) return;
    await sleep(1_000);
    await this.start();
  }
}
// #endregion
