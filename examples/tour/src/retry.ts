import { attemptsOf, withRetry } from "@connect-ts/retry";
import { ConnectError, grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createElizaServiceClient, createElizaServiceHandler, UnimplementedElizaServiceHandler } from "./eliza.js";

let calls = 0;
class BusyEliza extends UnimplementedElizaServiceHandler {
  override say({ sentence }: { readonly sentence: string }): { sentence: string } {
    if (++calls % 3 !== 0) throw new ConnectError("unavailable", "the couch is taken");
    return { sentence: `At last: ${sentence}` };
  }
}
const server = await serve({ handlers: createElizaServiceHandler(new BusyEliza()) });
const { url: baseUrl } = server;

// #region client
const transport = withRetry(createNodeTransport({ baseUrl, protocol: grpc() }), {
  policy: { maxAttempts: 3, initialBackoffMs: 10 },
});
const eliza = createElizaServiceClient(transport);
const reply = await eliza.say({ sentence: "Hello" }); // say has no side effects: its schema says so
// #endregion
console.log(`  ${reply.sentence}`);

// #region per-method
const careful = withRetry(createNodeTransport({ baseUrl, protocol: grpc() }), {
  perMethod: ({ procedure }) =>
    procedure.endsWith("/Say")
      ? { maxAttempts: 2, attemptTimeoutMs: 500, retryableCodes: ["unavailable", "resource_exhausted"] }
      : undefined, // the rest as without it
  onRetry: ({ procedure, attempt, error }) => console.log(`  ${procedure}: attempt ${attempt}: ${error.code}`),
});
try {
  await createElizaServiceClient(careful).say({ sentence: "Hello" });
} catch (error) {
  console.log(`  ${ConnectError.from(error).rawMessage}, after ${attemptsOf(error)} attempts`);
}
// #endregion

// #region hedging
const hedging = { maxAttempts: 3, hedgingDelayMs: 50, nonFatalCodes: ["unavailable"] as const };
const hasty = withRetry(createNodeTransport({ baseUrl, protocol: grpc() }), { perMethod: () => ({ hedging }) });
// #endregion
calls = 0;
console.log(`  ${(await createElizaServiceClient(hasty).say({ sentence: "Quick" })).sentence}`);

for (const each of [transport, careful, hasty]) each.close?.();
await server.close();
