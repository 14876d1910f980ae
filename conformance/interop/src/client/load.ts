// The cases about load: each kind of case has its file.
import { createTestServiceClient } from "#gen/grpc/testing/test_connect.js";
import type { Case, Target } from "./target.js";
import { largeUnary } from "./unary.js";

/** Call after call on one transport. */
async function rpcSoak({ testService, flags }: Target): Promise<void> {
  for (let i = 0; i < Number(flags.soak_iterations); i++) await largeUnary(testService);
}

/** Each call on connections of its own. */
async function channelSoak(target: Target): Promise<void> {
  for (let i = 0; i < Number(target.flags.soak_iterations); i++) {
    const transport = target.transport();
    await largeUnary(createTestServiceClient(transport));
    transport.close?.();
  }
}

async function concurrentLargeUnary({ testService }: Target): Promise<void> {
  await Promise.all(Array.from({ length: 1000 }, () => largeUnary(testService)));
}

export const loadCases: Record<string, Case> = {
  rpc_soak: rpcSoak,
  channel_soak: channelSoak,
  concurrent_large_unary: concurrentLargeUnary,
};
