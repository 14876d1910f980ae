import type { HandlerContext } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
  type SayRequest,
  UnimplementedElizaServiceHandler,
} from "./eliza.js";

// #region handler
class Receptionist extends UnimplementedElizaServiceHandler {
  override say({ sentence }: SayRequest, context: HandlerContext) {
    const language = context.requestHeaders.get("accept-language") ?? "en";
    context.responseHeaders.set("content-language", language);
    context.responseTrailers.setBinary("stamp-bin", new Uint8Array([1, 2, 3]));
    return { sentence };
  }

  override async *introduce(_request: unknown, context: HandlerContext) {
    context.responseHeaders.set("content-language", "en");
    context.sendHeaders(); // now, and not with the first message
    yield { sentence: "Please take a seat." };
    context.responseTrailers.set("lines", "1");
  }
}
// #endregion

const eliza = createElizaServiceClient(createInProcessTransport(createElizaServiceHandler(new Receptionist())));

// #region client
const { headers, trailers } = await eliza.say({ sentence: "Bonjour" }, { headers: { "accept-language": "fr" } })
  .response;
console.log(`  ${headers.get("content-language")}, stamped ${trailers.getBinary("stamp-bin")}`);
// #endregion

// #region stream
const stream = eliza.introduce({ name: "Ada" });
console.log(`  ${(await stream.headers).get("content-language")}`); // before the first message
for await (const { sentence } of stream) console.log(`  ${sentence}`);
console.log(`  ${(await stream.trailers).get("lines")} lines`); // after the last one
// #endregion
