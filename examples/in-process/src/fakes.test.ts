// Fakes of a service that the code under test calls.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ConnectError } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createInProcessTransport, fakeClient, fakeService } from "@connect-ts/runtime/in-process";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  type ElizaServiceClient,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { elizaHandler } from "../../eliza/src/service.js";

// #region code-under-test
/** What is to be tested: it asks for the part of the client that it uses. */
async function mood(eliza: Pick<ElizaServiceClient, "say">): Promise<string> {
  try {
    const { sentence } = await eliza.say({ sentence: "How are you?" });
    return sentence;
  } catch (error) {
    return ConnectError.from(error).code === "unavailable" ? "away" : "broken";
  }
}
// #endregion

// #region client
test("a fake client answers by functions and generators", async () => {
  const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, {
    say: ({ sentence }) => ({ sentence: `${sentence} Fine.` }),
    async *introduce({ name }) {
      yield { sentence: `Hi ${name}.` };
    },
  });
  assert.equal(await mood(eliza), "How are you? Fine.");
  for await (const { sentence } of eliza.introduce({ name: "Ada" })) assert.equal(sentence, "Hi Ada.");
  await assert.rejects(eliza.collect([]), { code: "unimplemented" }); // it has no fake
});
// #endregion

// #region mock
test("a fake may be a mock function", async () => {
  const say = mock.fn(() => ({ sentence: "Fine." })); // or jest.fn(...), vi.fn(...)
  const eliza = fakeClient(createElizaServiceClient, createElizaServiceHandler, { say });
  say.mock.mockImplementationOnce(() => {
    throw new ConnectError("unavailable", "back at nine");
  });
  assert.equal(await mood(eliza), "away");
  assert.equal(await mood(eliza), "Fine.");
  assert.equal(say.mock.callCount(), 2);
});
// #endregion

// #region service
test("one method is a fake, the others are real", async () => {
  const service = fakeService(createElizaServiceHandler, { say: () => ({ sentence: "Not today." }) }, elizaHandler);
  const eliza = createElizaServiceClient(createInProcessTransport(service));
  assert.equal(await mood(eliza), "Not today.");
  assert.equal((await eliza.collect([{ sentence: "Hi" }])).sentences, 1);
});
// #endregion

// #region fetch
test("what calls by fetch gets its answers from a fake", async () => {
  const answer = fetchHandler([fakeService(createElizaServiceHandler, { say: () => ({ sentence: "Fine." }) })]);
  const transport = createFetchTransport({
    baseUrl: "https://api.example.com",
    fetch: (input, init) => answer(new Request(input, init)),
  });
  assert.equal(await mood(createElizaServiceClient(transport)), "Fine.");
});
// #endregion
