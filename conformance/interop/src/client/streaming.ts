import assert from "node:assert/strict";
import { zeros } from "../payload.js";
import { collect, expectZeros } from "./expect.js";
import type { Case, Target } from "./target.js";

const requestSizes = [27_182, 8, 1_828, 45_904];
const responseSizes = [31_415, 9, 2_653, 58_979];

async function clientStreaming({ testService }: Target): Promise<void> {
  const stream = testService.streamingInputCall();
  for (const size of requestSizes) await stream.send({ payload: zeros(size) });
  stream.closeSend();
  const { message } = await stream.response;
  assert.equal(message.aggregatedPayloadSize, 74_922);
}

async function serverStreaming({ testService }: Target): Promise<void> {
  const responseParameters = responseSizes.map((size) => ({ size }));
  const responses = await collect(testService.streamingOutputCall({ responseParameters }));
  assert.equal(responses.length, responseSizes.length);
  for (const [index, { payload }] of responses.entries()) expectZeros(payload, responseSizes[index] as number);
}

async function pingPong({ testService }: Target): Promise<void> {
  const stream = testService.fullDuplexCall();
  const responses = stream[Symbol.asyncIterator]();
  for (const [index, size] of responseSizes.entries()) {
    await stream.send({ responseParameters: [{ size }], payload: zeros(requestSizes[index] as number) });
    const { value } = await responses.next();
    expectZeros(value?.payload, size);
  }
  stream.closeSend();
  assert.equal((await responses.next()).done, true);
}

async function emptyStream({ testService }: Target): Promise<void> {
  const stream = testService.fullDuplexCall();
  stream.closeSend();
  assert.deepEqual(await collect(stream), []);
}

export const streamingCases: Record<string, Case> = {
  client_streaming: clientStreaming,
  server_streaming: serverStreaming,
  ping_pong: pingPong,
  empty_stream: emptyStream,
};
