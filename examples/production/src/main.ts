// The program that runs in production: PORT, TOKEN_SECRET, TLS_KEY and TLS_CERT (files) come from the environment.
import { readFileSync } from "node:fs";
import { tokens } from "./identity.js";
import { startShop } from "./server.js";
import { startTelemetry } from "./telemetry.js";

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`the environment variable ${name} is missing`);
  return value;
}

const stopTelemetry = startTelemetry();
const server = await startShop({
  verify: tokens(required("TOKEN_SECRET")).verify,
  tls: { key: readFileSync(required("TLS_KEY")), cert: readFileSync(required("TLS_CERT")) },
  port: Number(process.env.PORT ?? 8443),
});
console.info(`serving on ${server.url}`);

// #region drain
process.once("SIGTERM", async () => {
  // 2 seconds in which load balancers learn of it, then 10 for the calls that run.
  const { finished, cut } = await server.drain({ noticeMs: 2_000, graceMs: 10_000 });
  console.info(`drained: ${finished} calls ended, ${cut} were cut`);
  await stopTelemetry();
});
// #endregion
