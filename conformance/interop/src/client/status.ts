import { zeros } from "../payload.js";
import { collect, expectError } from "./expect.js";
import type { Case, Target } from "./target.js";

const unknown = 2;

async function statusCodeAndMessage({ testService }: Target): Promise<void> {
  const message = "test status message";
  const responseStatus = { code: unknown, message };
  await expectError(testService.unaryCall({ responseStatus }), "unknown", message);
  const stream = testService.fullDuplexCall();
  await stream.send({ responseStatus });
  stream.closeSend();
  await expectError(collect(stream), "unknown", message);
}

async function specialStatusMessage({ testService }: Target): Promise<void> {
  const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
  await expectError(testService.unaryCall({ responseStatus: { code: unknown, message } }), "unknown", message);
}

async function timeoutOnSleepingServer({ testService }: Target): Promise<void> {
  const stream = testService.fullDuplexCall({ timeoutMs: 1 });
  // The deadline may pass before the message is on its way.
  await stream.send({ payload: zeros(27_182) }).catch(() => {});
  await expectError(collect(stream), "deadline_exceeded");
}

export const statusCases: Record<string, Case> = {
  status_code_and_message: statusCodeAndMessage,
  special_status_message: specialStatusMessage,
  unimplemented_method: ({ testService }) => expectError(testService.unimplementedCall({}), "unimplemented"),
  unimplemented_service: ({ unimplementedService }) =>
    expectError(unimplementedService.unimplementedCall({}), "unimplemented"),
  timeout_on_sleeping_server: timeoutOnSleepingServer,
};
