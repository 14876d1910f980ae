import net, { type Socket } from "node:net";
import { Worker } from "node:worker_threads";

export interface SilentListener {
  close(): Promise<unknown>;
}

/** Listens in a thread that does not run on: when its queue is full, attempts to connect to it get no answer. */
const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  const server = require("node:net").createServer((socket) => socket.destroy());
  server.listen({ host: workerData.host, port: workerData.port, backlog: 1 }, () => {
    parentPort.postMessage("listening");
    Atomics.wait(new Int32Array(workerData.gate), 0, 0);
    process.exit();
  });
`;

/** An address where attempts to connect are neither accepted nor refused. */
export async function silentListener(host: string, port: number): Promise<SilentListener> {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(program, { eval: true, workerData: { host, port, gate } });
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  await new Promise((resolve) => worker.once("message", resolve));
  const fillers: Socket[] = [];
  for (let i = 0; i < 4; i++) fillers.push(net.connect(port, host).on("error", () => {}));
  await new Promise((resolve) => setTimeout(resolve, 30));
  return {
    close() {
      for (const socket of fillers) socket.destroy();
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      return exited;
    },
  };
}
