import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { expect, it } from "@jest/globals";
import { createHealthHandler } from "./gen/grpc/health/v1/health_connect.js";
import { createHealth } from "./health.js";
import { waitUntilServing } from "./wait-until-serving.js";

it("resolves when the server serves already", async () => {
  await waitUntilServing(createInProcessTransport(createHealth().handler));
});

it("waits for the change", async () => {
  const health = createHealth();
  health.set("", "not_serving");
  let done = false;
  const waits = waitUntilServing(createInProcessTransport(health.handler)).then(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done).toBe(false);
  health.set("", "serving");
  await waits;
});

it("waits for a server that does not listen yet", async () => {
  const first = await serve({ handlers: [], host: "127.0.0.1" });
  const { port, url } = first;
  await first.close();
  const transport = createNodeTransport({ baseUrl: url });
  const waits = waitUntilServing(transport);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const server = await serve({ handlers: createHealth().handler, host: "127.0.0.1", port });
  try {
    await waits;
  } finally {
    transport.close?.();
    await server.close();
  }
});

it("gives up when the time is over, with the last answer", async () => {
  const health = createHealth();
  health.set("acme.v1.Shop", "not_serving");
  const transport = createInProcessTransport(health.handler);
  await expect(waitUntilServing(transport, { service: "acme.v1.Shop", timeoutMs: 30 })).rejects.toMatchObject({
    code: "deadline_exceeded",
    rawMessage: "not serving after 30 ms: its status is NOT_SERVING",
  });
  await expect(waitUntilServing(transport, { service: "acme.v1.Zoo", timeoutMs: 30 })).rejects.toMatchObject({
    rawMessage: "not serving after 30 ms: its status is SERVICE_UNKNOWN",
  });
});

it("asks by Check where there is no Watch", async () => {
  let checks = 0;
  const handler = createHealthHandler({
    check: () => ({ status: ++checks < 3 ? 2 : 1 }),
    list: () => ({}),
    watch: () => {
      throw new ConnectError("unimplemented", "no Watch here");
    },
  });
  await waitUntilServing(createInProcessTransport(handler));
  expect(checks).toBe(3);
});

it("fails at once where there is no health service", async () => {
  await expect(waitUntilServing(createInProcessTransport([]))).rejects.toMatchObject({ code: "unimplemented" });
});

it.each(["while it watches", "between two looks", "before it begins"])(
  "ends when its signal aborts %s",
  async (when) => {
    const health = createHealth();
    health.set("", "not_serving");
    const controller = new AbortController();
    const transport = createInProcessTransport(when === "between two looks" ? refusing() : health.handler);
    if (when === "before it begins") controller.abort();
    const waits = waitUntilServing(transport, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(waits).rejects.toMatchObject({ code: "canceled" });
  },
);

function refusing(): ReturnType<typeof createHealthHandler> {
  const refuse = (): never => {
    throw new ConnectError("unavailable", "not yet");
  };
  return createHealthHandler({ check: refuse, list: refuse, watch: refuse });
}

it("refuses a timeout that is none", async () => {
  for (const timeoutMs of [0, Number.NaN, 2 ** 31]) {
    await expect(waitUntilServing(createInProcessTransport([]), { timeoutMs })).rejects.toThrow(
      new RangeError(`timeoutMs must be from 1 to 2147483647 milliseconds, and ${timeoutMs} is not`),
    );
  }
});
