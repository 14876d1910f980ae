// What ends a call before its time, as the client and the server see it.
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectError, type HandlerContext } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  UnimplementedElizaServiceHandler,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import type { SayRequest } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_pb.js";

// #region server
class SlowEliza extends UnimplementedElizaServiceHandler {
  override async say({ sentence }: SayRequest, context: HandlerContext) {
    // Whatever takes a signal stops when the call is over: a timer, fetch, a database.
    await sleep(10_000, undefined, { signal: context.signal });
    return { sentence };
  }

  override async *introduce() {
    try {
      for (let year = 1966; ; year++) yield { sentence: `In ${year} I listened.` };
    } finally {
      serverLeft();
    }
  }
}
// #endregion

// #region parent
/** Calls another Eliza: it has no more time than its own caller gave it, and is canceled with it. */
class Secretary extends UnimplementedElizaServiceHandler {
  override async say({ sentence }: SayRequest, context: HandlerContext) {
    console.log(`  secretary: ${context.timeoutMs() === undefined ? "no" : "a"} deadline`);
    return eliza.say({ sentence }, { parent: context });
  }
}
// #endregion

let serverLeft = (): void => {};
const server = await serve({ handlers: createElizaServiceHandler(new SlowEliza()) });
const eliza = createElizaServiceClient(createNodeTransport({ baseUrl: server.url }));

console.log("a deadline passes:");
// #region deadline
try {
  await eliza.say({ sentence: "hello" }, { timeoutMs: 100 });
} catch (error) {
  const { code } = ConnectError.from(error);
  console.log(`  client: ${code}`); // deadline_exceeded
}
// #endregion

console.log("the caller changes its mind:");
// #region cancel
const call = eliza.say({ sentence: "hello" }); // or give an AbortSignal: { signal }
setTimeout(() => call.cancel(), 100);
await call.catch((error) => console.log(`  client: ${ConnectError.from(error).code}`)); // canceled
// #endregion

console.log("the caller has heard enough of a stream:");
const left = new Promise<void>((resolve) => {
  serverLeft = resolve;
});
// #region break
for await (const { sentence } of eliza.introduce({ name: "Ada" })) {
  console.log(`  client: ${sentence}`);
  break; // cancels the call
}
// #endregion
await left;
console.log("  server: out of the loop");

console.log("a deadline travels along:");
const office = await serve({ handlers: createElizaServiceHandler(new Secretary()) });
const secretary = createElizaServiceClient(createNodeTransport({ baseUrl: office.url }));
await secretary
  .say({ sentence: "hello" }, { timeoutMs: 100 })
  .catch((error) => console.log(`  client: ${ConnectError.from(error).code}`)); // deadline_exceeded

await Promise.all([office.drain(), server.drain()]);
