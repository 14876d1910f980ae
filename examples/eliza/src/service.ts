import { ConnectError, type ServiceHandler } from "@connect-ts/runtime";
import { answer, introduction, isGoodbye, summary } from "./eliza.js";
import { createElizaServiceHandler } from "./gen/connectrpc/eliza/v1/eliza_connect.js";

// #region service
/** One function for each RPC of eliza.proto. */
export const elizaHandler: ServiceHandler = createElizaServiceHandler({
  // #region unary
  say({ sentence }) {
    if (sentence.trim() === "") throw new ConnectError("invalid_argument", "say something, and I will answer");
    return { sentence: answer(sentence) };
  },
  // #endregion

  // #region server-streaming
  async *introduce({ name }) {
    for (const line of introduction(name)) yield { sentence: line };
  },
  // #endregion

  // #region client-streaming
  async collect(requests, context) {
    context.responseHeaders.set("eliza-mood", "attentive");
    const sentences: string[] = [];
    for await (const { sentence } of requests) sentences.push(sentence);
    context.responseTrailers.set("eliza-tea", `${sentences.length} cups`);
    return { summary: summary(sentences), sentences: sentences.length };
  },
  // #endregion

  // #region bidi-streaming
  async *converse(requests) {
    for await (const { sentence } of requests) {
      yield { sentence: answer(sentence) };
      if (isGoodbye(sentence)) return;
    }
  },
  // #endregion
});
// #endregion
