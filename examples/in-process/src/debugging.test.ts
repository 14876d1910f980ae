// What a developer sees of calls: measures of the platform, and messages in the console.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { userTiming } from "@connect-ts/log";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { recordCalls } from "@connect-ts/testing";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

const transport = createInProcessTransport(elizaHandler);

test("calls are measured", async () => {
  // #region measure
  const eliza = createElizaServiceClient(transport, { interceptors: [userTiming()] });
  await eliza.say({ sentence: "Hello" });
  const [measure] = performance.getEntriesByName("connect-ts:/connectrpc.eliza.v1.ElizaService/Say");
  // #endregion
  assert.ok(measure !== undefined && measure.duration >= 0);
});

test("calls are printed with their messages", async () => {
  const debug = mock.method(console, "debug", () => undefined);
  // #region print
  const eliza = createElizaServiceClient(recordCalls(transport, { write: (line) => console.debug(line) }));
  // #endregion
  await eliza.say({ sentence: "I feel tired." });
  assert.match(String(debug.mock.calls[0]?.arguments[0]), /"sentence":"What makes you feel tired\?"/);
});
