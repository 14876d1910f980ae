// A file of its own: each of the processes that serve on one port runs it.
import type { HandlerContext } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { answer } from "../../eliza/src/eliza.js";
import {
  createElizaServiceHandler,
  UnimplementedElizaServiceHandler,
} from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import type { SayRequest } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_pb.js";

class Eliza extends UnimplementedElizaServiceHandler {
  override say({ sentence }: SayRequest, context: HandlerContext) {
    context.responseHeaders.set("served-by", String(process.pid));
    return { sentence: answer(sentence) };
  }
}

// #region worker
const server = await serve({
  handlers: createElizaServiceHandler(new Eliza()),
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 8080),
});

process.once("SIGTERM", async () => {
  await server.drain({ graceMs: 10_000 });
  process.exit();
});
// #endregion
