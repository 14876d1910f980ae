import { describe, expect, it } from "@jest/globals";
import { combinations, connected, using } from "./helpers.js";

/** What is not ASCII and still fits into a header. */
const text = "caf\u00e9 \u00ff";

describe.each(combinations)("metadata in Latin-1, $name", (combination) => {
  it("arrives as it was sent, also where a head goes before its body", async () => {
    const heard: unknown[] = [];
    const methods: Parameters<typeof connected>[1] = {
      async sum(requests, context) {
        heard.push(context.requestHeaders.get("x-text"));
        for await (const _ of requests);
        context.responseHeaders.set("x-text", text);
        context.responseTrailers.set("x-text", text);
        return {};
      },
      async *countUp(_request, context) {
        context.responseHeaders.set("x-text", text);
        context.responseTrailers.set("x-text", text);
        context.sendHeaders();
        yield {};
      },
    };
    await using(connected(combination, methods), async ({ client }) => {
      const sum = client.sum({ headers: { "x-text": text } });
      sum.sendHeaders();
      await sum.send({});
      sum.closeSend();
      const { headers, trailers } = await sum.response;
      const numbers = client.countUp({});
      heard.push(headers.get("x-text"), trailers.get("x-text"), (await numbers.headers).get("x-text"));
      for await (const _ of numbers);
      heard.push((await numbers.trailers).get("x-text"));
    });
    expect(heard).toEqual([text, text, text, text, text]);
  });
});
