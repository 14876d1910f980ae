// Calls of a real service, written to a file and played back.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { playCalls, recordCalls } from "@connect-ts/testing";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

const folder = mkdtempSync(join(tmpdir(), "recordings-"));
const file = join(folder, "calls.jsonl");
const real = createInProcessTransport(elizaHandler);

// #region transport
/** The real service where there is no recording yet, and the recording where there is one. */
const transport = () =>
  existsSync(file)
    ? playCalls(readFileSync(file, "utf8"))
    : recordCalls(real, { write: (line) => appendFileSync(file, line), redact: ["x-api-key"] });
// #endregion

test("calls are recorded, and then played", async () => {
  const told: string[][] = [];
  for (const _ of ["recorded", "played"]) {
    const eliza = createElizaServiceClient(transport());
    const { sentence } = await eliza.say({ sentence: "I feel tired." }, { headers: { "x-api-key": "secret" } });
    const lines = [sentence];
    for await (const line of eliza.introduce({ name: "Ada" })) lines.push(line.sentence);
    told.push(lines);
  }
  assert.deepEqual(told[0], told[1]);
  assert(!readFileSync(file, "utf8").includes("secret"));
});

test("a call that was not recorded shows the nearest one", async () => {
  const eliza = createElizaServiceClient(transport());
  await assert.rejects(eliza.say({ sentence: "I feel happy." }), {
    code: "unimplemented",
    rawMessage:
      'no recorded call of /connectrpc.eliza.v1.ElizaService/Say has the request {"sentence":"I feel happy."}; the nearest is in line 1: sentence is "I feel tired." there and "I feel happy." here',
  });
  rmSync(folder, { recursive: true });
});
