// Runs the shop and calls it, on this machine alone. CI compares what it prints.
import { waitUntilServing } from "@connect-ts/health";
import { ConnectError } from "@connect-ts/runtime";
import { violationsOf } from "@connect-ts/validate";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { testCertificates } from "../../../tests/setup/certificates.js";
import { connectShop, shopClient } from "./client.js";
import { tokens } from "./identity.js";
import { startShop } from "./server.js";
import { startTelemetry } from "./telemetry.js";

const files = testCertificates();
const { sign, verify } = tokens("a secret of this demo");
const spans = new InMemorySpanExporter();
const stopTelemetry = startTelemetry(new SimpleSpanProcessor(spans));
let logged = 0;
const print = (line: string): void => {
  logged++;
  console.log(line.replace(/[\d.]+ms/, "3.2ms"));
};
const logger = { debug: print, info: print, warn: print, error: print };

const server = await startShop({ verify, tls: files.server, logger });
const transport = connectShop(server.url, files.ca);
const as = (name: string, ...roles: string[]) => shopClient(transport, sign({ name, roles }));
const [ada, sam, guest] = [as("Ada", "customer"), as("Sam", "staff"), as("Guest")];
const failure = (reason: unknown): string => {
  const { code, rawMessage } = ConnectError.from(reason);
  return `${code}: ${rawMessage}`;
};

await waitUntilServing(transport, { service: "shop.v1.ShopService", timeoutMs: 5_000 });

/** Makes calls, and prints what came of them after the server's lines of log. */
async function step(title: string, run: () => Promise<unknown>, lines = 1): Promise<void> {
  console.log(`\n${title}`);
  const expected = logged + lines;
  const result = await run().catch(failure);
  while (logged < expected) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(`-> ${typeof result === "string" ? result : JSON.stringify(result)}`);
}

await step("anyone with an identity asks for a price", async () => (await guest.price({ tea: "sencha" })).cents);
await step("without a good token", () => shopClient(transport, "forged.token").price({ tea: "sencha" }));
await step("a customer buys", async () => (await ada.buy({ tea: "sencha", cups: 2 })).left);
await step("a guest does not", () => guest.buy({ tea: "sencha", cups: 2 }));
await step("nobody may do what the schema opens to nobody", () => sam.audit({}));
await step("a request that breaks the rules of the schema", async () => {
  const error = await ada.buy({ tea: "x", cups: 0 }).catch((reason: unknown) => reason);
  return [...violationsOf(error)].map(([field, messages]) => `${field} ${messages.join()}`).join("; ");
});
await step("staff fills the shelves", async () => {
  const { cups } = await sam.restock([
    { tea: "sencha", cups: 5 },
    { tea: "sencha", cups: 5 },
  ]);
  return cups;
});
await step("a customer haggles", async () => {
  const answers: boolean[] = [];
  for await (const { taken } of ada.haggle([{ cents: 200 }, { cents: 320 }])) answers.push(taken);
  return answers;
});
const watch = async (): Promise<string> => {
  const purchases = sam.watch({});
  await purchases.headers;
  await ada.buy({ tea: "sencha", cups: 1 });
  const drained = server.drain({ noticeMs: 50, graceMs: 1_000 });
  const seen: string[] = [];
  for await (const { customer, tea, cups } of purchases) seen.push(`${customer} bought ${cups} ${tea}`);
  return `${seen.join()}; calls that were cut: ${(await drained).cut}`;
};
await step("staff watches until the server drains", watch, 2);

transport.close?.();
const all = spans.getFinishedSpans();
const joined = all.filter(({ kind, parentSpanContext }) => kind === 1 && parentSpanContext !== undefined).length;
console.log(`\n${all.length} spans, ${joined} of the server's with a client's as their parent`);
await stopTelemetry();
