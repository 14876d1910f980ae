import type { HandlerContext } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  elizaHandler,
  UnimplementedElizaServiceHandler,
} from "./eliza.js";

const eliza = createElizaServiceClient(createInProcessTransport(elizaHandler));

// #region iterable
// Requests from anything that can be iterated. It is read as fast as the server takes them.
async function* diary() {
  yield { sentence: "I got up." };
  yield { sentence: "It rained." };
}
const { summary } = await eliza.collect(diary());
// #endregion
console.log(`  ${summary}`);

// #region send
const chat = eliza.converse();
await chat.send({ sentence: "Hello" }); // resolves when the connection can take more
chat.closeSend();
for await (const { sentence } of chat) console.log(`  ${sentence}`);
console.log(`  ${[...(await chat.trailers)].length} trailers`);
// #endregion

// #region dispose
{
  await using introduction = eliza.introduce({ name: "Ada" });
  const first = await introduction[Symbol.asyncIterator]().next();
  console.log(`  ${first.value?.sentence}`);
} // canceled here
// #endregion

// #region drain-signal
class LongWinded extends UnimplementedElizaServiceHandler {
  override async *introduce(_request: unknown, context: HandlerContext) {
    for (let line = 1; ; line++) {
      // The server is going: end the stream well, and the client comes back to another one.
      if (context.drainSignal.aborted) return;
      yield { sentence: `Line ${line}.` };
    }
  }
}
// #endregion
const longWinded = createElizaServiceClient(createInProcessTransport(createElizaServiceHandler(new LongWinded())));
for await (const { sentence } of longWinded.introduce({})) {
  console.log(`  ${sentence}`);
  break;
}
