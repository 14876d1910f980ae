import { createInterface } from "node:readline";

/** gRPC's numbers, by their names on the Connect wire. */
export const codes = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** Kinds of the RPCs of `ping.v1.PingService`. */
export const kinds = { Ping: "unary", Fail: "unary", Sum: "client", CountUp: "server", CumSum: "bidi" };

export function unpadded(base64) {
  return base64.replace(/=+$/, "");
}

/**
 * Does the jobs that come in on standard input (see `src/peer-program.ts`).
 *
 * @param prepare - makes `{ serve, call }` from the schema, the bytes of a FileDescriptorSet.
 *   `serve({ wire, compress }, tell)` resolves with `{ port, stop() }`, `call(call, signal, onMessage)` with an outcome.
 */
export function doJobs(prepare) {
  const servers = new Map();
  const calls = new Map();
  const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  let peer;
  const work = async ({ id, serve, stop, call }) => {
    if (serve !== undefined) {
      const server = await peer.serve(serve, (event, method) => print({ server: id, event, method }));
      servers.set(id, server);
      return { port: server.port };
    }
    if (stop !== undefined) {
      await servers.get(stop).stop();
      return {};
    }
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      return await peer.call(call, controller.signal, () => print({ id, message: true }));
    } finally {
      calls.delete(id);
    }
  };
  const input = createInterface(process.stdin);
  input.on("line", async (line) => {
    const job = JSON.parse(line);
    if (job.schema !== undefined) peer = prepare(Buffer.from(job.schema, "base64"));
    else if (job.cancel !== undefined) calls.get(job.cancel)?.abort();
    else {
      try {
        print({ id: job.id, result: await work(job) });
      } catch (error) {
        print({ id: job.id, failed: String(error.stack ?? error) });
      }
    }
  });
  input.on("close", () => process.exit(0));
}
