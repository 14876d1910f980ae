import { createHealth, waitUntilServing } from "@connect-ts/health";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

const database = { ping: async (_signal: AbortSignal) => true };

// #region serve
const health = createHealth({
  checks: { "": { check: (signal) => database.ping(signal), periodMs: 5_000 } },
});
const server = await serve({ handlers: [elizaHandler, health.handler, health.route("/healthz")] });
// #endregion

// #region wait
const transport = createNodeTransport({ baseUrl: server.url });
await waitUntilServing(transport, { service: "connectrpc.eliza.v1.ElizaService", timeoutMs: 5_000 });
// #endregion

// #region set
health.set("connectrpc.eliza.v1.ElizaService", "not_serving");
// #endregion

const probe = await fetch(`${server.url}/healthz`);
console.log(`  the server: ${probe.status} ${(await probe.text()).trim()}`);
console.log(`  Eliza: ${health.get("connectrpc.eliza.v1.ElizaService")}`);

transport.close?.();
health.close();

// #region drain
const drained = server.drain({ noticeMs: 100, graceMs: 5_000 });
// #endregion
console.log(`  while it drains: ${(await fetch(`${server.url}/healthz`)).status}`);
await drained;
