// The cases about cancellation: each kind of case has its file.
import { zeros } from "../payload.js";
import { expectError, expectZeros } from "./expect.js";
import type { Case, Target } from "./target.js";

async function cancelAfterBegin({ testService }: Target): Promise<void> {
  const stream = testService.streamingInputCall();
  stream.sendHeaders();
  stream.cancel();
  await expectError(stream.response, "canceled");
}

async function cancelAfterFirstResponse({ testService }: Target): Promise<void> {
  const stream = testService.fullDuplexCall();
  const responses = stream[Symbol.asyncIterator]();
  await stream.send({ responseParameters: [{ size: 31_415 }], payload: zeros(27_182) });
  const { value } = await responses.next();
  expectZeros(value?.payload, 31_415);
  stream.cancel();
  await expectError(responses.next(), "canceled");
}

export const cancelCases: Record<string, Case> = {
  cancel_after_begin: cancelAfterBegin,
  cancel_after_first_response: cancelAfterFirstResponse,
};
