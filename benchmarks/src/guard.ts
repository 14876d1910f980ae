// pnpm bench:guard
//
// Fails when an RPC has become much more expensive than the bare transport under it. It compares CPU time within one
// run and within wide bands, so the speed of the machine and what else it does do not matter.
import { type Figure, measure, sum } from "./measure.js";
import { scenarios } from "./scenarios.js";

/** CPU time of connect-ts by that of the bare transport. Measured, and a third of it on top. */
const limits: readonly { readonly scenario: string; readonly atMost: number }[] = [
  { scenario: "unary", atMost: 2.2 },
  { scenario: "nested", atMost: 6.2 },
  { scenario: "server-streaming", atMost: 20 },
  { scenario: "client-streaming", atMost: 20 },
  { scenario: "ping-pong", atMost: 1.8 },
  { scenario: "json-http1", atMost: 2.4 },
];

/** A disturbed run is repeated; a regression fails every one. */
const attempts = 3;

let failed = false;
for (const { scenario: name, atMost } of limits) {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  let ratio = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && ratio > atMost; attempt++) {
    const options = {
      peers: ["raw", "raw-http1", "connect-ts"] as const,
      generations: 1,
      rounds: 5,
      warmUpMs: 800,
      roundMs: 200,
    };
    const figures = await measure(scenario, options);
    const raw = figures.get("raw") ?? figures.get("raw-http1");
    ratio = Math.min(ratio, sum(figures.get("connect-ts") as Figure) / sum(raw as Figure));
  }
  const verdict = ratio <= atMost ? "ok" : "TOO EXPENSIVE";
  console.log(`${name}: ${ratio.toFixed(2)} x the bare transport, at most ${atMost}: ${verdict}`);
  if (ratio > atMost) failed = true;
}
if (failed) process.exitCode = 1;
