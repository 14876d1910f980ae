import { connect, type HandlerContext, isNotModified, notModifiedError } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  type SayRequest,
  UnimplementedElizaServiceHandler,
} from "./eliza.js";

// #region handler
class Library extends UnimplementedElizaServiceHandler {
  override say({ sentence }: SayRequest, context: HandlerContext) {
    const etag = `"${sentence.length}"`;
    if (context.requestHeaders.get("if-none-match") === etag) throw notModifiedError({ etag }); // 304
    context.responseHeaders.set("etag", etag);
    context.responseHeaders.set("cache-control", "max-age=60");
    return { sentence: `${context.httpMethod}: ${sentence}` };
  }
}
// #endregion
const server = await serve({ handlers: createElizaServiceHandler(new Library()) });

// #region client
// Say has `option idempotency_level = NO_SIDE_EFFECTS` in the schema.
const transport = createNodeTransport({ baseUrl: server.url, protocol: connect({ useHttpGet: true }) });
const library = createElizaServiceClient(transport);

const { message, headers } = await library.say({ sentence: "Hello" }).response;
console.log(`  ${message.sentence}`);
try {
  await library.say({ sentence: "Hello" }, { headers: { "if-none-match": headers.get("etag") ?? "" } });
} catch (error) {
  if (!isNotModified(error)) throw error;
  console.log("  not modified");
}
// #endregion
await server.close();
