// Tests of a service without a network: calls take the same way as over a wire, but for the sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

// #region test
const eliza = createElizaServiceClient(createInProcessTransport(elizaHandler));

test("Eliza asks for the reason of a feeling", async () => {
  const { sentence } = await eliza.say({ sentence: "I feel tired." });
  assert.equal(sentence, "What makes you feel tired?");
});

test("Eliza does not answer silence", async () => {
  await assert.rejects(eliza.say({ sentence: " " }), (error) => {
    assert(error instanceof ConnectError);
    assert.equal(error.code, "invalid_argument");
    return true;
  });
});
// #endregion

test("a conversation ends with goodbye", async () => {
  const answers: string[] = [];
  for await (const { sentence } of eliza.converse([
    { sentence: "Hi" },
    { sentence: "Bye" },
    { sentence: "Hi again" },
  ])) {
    answers.push(sentence);
  }
  assert.deepEqual(answers, ["Hello. What is on your mind?", "Goodbye. That will be one cup of tea."]);
});
