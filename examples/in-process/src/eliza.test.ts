// Tests of a service without a network: calls take the same way as over a wire, but for the sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  UnimplementedElizaServiceHandler,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
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

// #region fake
// A fake of a service that the code under test calls: what is not overridden answers `unimplemented`.
class GrumpyEliza extends UnimplementedElizaServiceHandler {
  override say() {
    return { sentence: "Not today." };
  }
}

test("a fake answers what it is told to", async () => {
  const fake = createElizaServiceClient(createInProcessTransport(createElizaServiceHandler(new GrumpyEliza())));
  assert.equal((await fake.say({ sentence: "Hello" })).sentence, "Not today.");
  await assert.rejects(fake.collect([]), { code: "unimplemented" });
});
// #endregion
