import assert from "node:assert/strict";
import type { CallOptions } from "@connect-ts/runtime";
import type { BoolValueInit } from "#gen/grpc/testing/messages_init.js";
import type { TestServiceClient } from "#gen/grpc/testing/test_connect.js";
import { zeros } from "../payload.js";
import { expectZeros } from "./expect.js";
import type { Case, Target } from "./target.js";

export const largeRequestBytes = 271_828;
export const largeResponseBytes = 314_159;

/** What most unary cases do, each with something of its own. */
export async function largeUnary(
  client: TestServiceClient,
  compression?: { readonly expectCompressed?: BoolValueInit; readonly responseCompressed?: BoolValueInit },
  options?: CallOptions,
): Promise<void> {
  const { payload } = await client.unaryCall(
    { responseSize: largeResponseBytes, payload: zeros(largeRequestBytes), ...compression },
    options,
  );
  expectZeros(payload, largeResponseBytes);
}

async function emptyUnary({ testService }: Target): Promise<void> {
  assert.ok(await testService.emptyCall({}));
}

/** The server must stand behind a caching proxy. */
async function cacheableUnary({ testService }: Target): Promise<void> {
  const request = { payload: { body: new TextEncoder().encode(String(process.hrtime.bigint())) } };
  const headers = { "x-user-ip": "1.2.3.4" };
  const first = await testService.cacheableUnaryCall(request, { headers }).response;
  const second = await testService.cacheableUnaryCall(request, { headers }).response;
  assert.notEqual(first.message.payload?.body.length ?? 0, 0);
  assert.deepEqual(second.message, first.message);
  // RFC 9111 section 5.1: only caches add it.
  assert.notEqual(second.headers.get("age"), null);
}

export const unaryCases: Record<string, Case> = {
  empty_unary: emptyUnary,
  cacheable_unary: cacheableUnary,
  large_unary: ({ testService }) => largeUnary(testService),
};
