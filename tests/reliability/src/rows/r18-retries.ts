import { withRetry } from "@connect-ts/retry";
import { ConnectError } from "@connect-ts/runtime";
import type { Transport } from "@connect-ts/runtime/transport";
import { createPingServiceClient } from "../../../gen/src/ping/v1/ping_connect.js";
import { grpcJsClient } from "../harness/grpc-js.js";
import { type Row, type RowRun, times } from "../harness/row.js";

/** What all clients are given: A6's bucket as both have it by default. */
const serviceConfig = {
  methodConfig: [
    {
      name: [{ service: "ping.v1.PingService" }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.001s",
        maxBackoff: "0.002s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
  retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
};
const most = 1.1;

export const r18: Row = {
  id: "R18",
  promise: "retries in an outage: at most 1.1 attempts a call, 200 clients of 1,000 calls",
  peers: ["ours", "grpc-js"],
  seconds: [120, 600],
  async run(run) {
    // grpc-js needs a server that refuses, and so its calls take a while.
    const [clients, calls] = run.peer === "ours" || run.long ? [200, 1_000] : [20, 200];
    const attempts = run.peer === "ours" ? await ours(clients, calls) : await grpcJs(run, clients, calls);
    const factor = attempts / (clients * calls);
    run.check(factor <= most, `${factor.toFixed(3)} attempts a call`);
    run.check(factor > 1, "nothing was tried again");
    return `${clients} clients of ${calls} calls: ${factor.toFixed(3)} attempts a call`;
  },
};

/** A server that refuses every call at once. The 60 cases of gRFC A6 are tests of the package. */
async function ours(clients: number, calls: number): Promise<number> {
  let attempts = 0;
  const down: Transport = {
    peer: () => ({ address: "down", protocol: "grpc", httpVersion: "2" }),
    unary() {
      attempts++;
      return Promise.reject(ConnectError.remote("unavailable", "down"));
    },
    stream() {
      throw new Error("there are no streams here");
    },
  };
  await times(clients, clients, async () => {
    const client = createPingServiceClient(withRetry(down, { serviceConfig }));
    for (let made = 0; made < calls; made++) await client.ping({}).catch(() => {});
  });
  return attempts;
}

async function grpcJs(run: RowRun, clients: number, calls: number): Promise<number> {
  const server = await run.server({ peer: "ours" });
  await times(clients, 20, async () => {
    const client = grpcJsClient(server.url, { "grpc.service_config": JSON.stringify(serviceConfig) });
    for (let made = 0; made < calls; made++) await client.call("ping", [{ text: "down" }]);
    await client.close();
  });
  return (await server.state()).began;
}
