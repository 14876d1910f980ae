import assert from "node:assert/strict";
import { HeaderMap } from "@connect-ts/runtime";
import { zeros } from "../payload.js";
import { collect, expectZeros } from "./expect.js";
import type { Case, Target } from "./target.js";
import { largeRequestBytes, largeResponseBytes } from "./unary.js";

const initialKey = "x-grpc-test-echo-initial";
const initialValue = "test_initial_metadata_value";
const trailingKey = "x-grpc-test-echo-trailing-bin";
const trailingValue = Uint8Array.of(0xab, 0xab, 0xab);

async function customMetadata({ testService }: Target): Promise<void> {
  const headers = new HeaderMap([[initialKey, initialValue]]);
  headers.setBinary(trailingKey, trailingValue);
  const payload = zeros(largeRequestBytes);

  const unary = await testService.unaryCall({ responseSize: largeResponseBytes, payload }, { headers }).response;
  expectZeros(unary.message.payload, largeResponseBytes);
  expectEcho(unary);

  const stream = testService.fullDuplexCall({ headers });
  await stream.send({ responseParameters: [{ size: largeResponseBytes }], payload });
  stream.closeSend();
  const responses = await collect(stream);
  assert.equal(responses.length, 1);
  expectZeros(responses[0]?.payload, largeResponseBytes);
  expectEcho({ headers: await stream.headers, trailers: await stream.trailers });
}

function expectEcho({ headers, trailers }: { readonly headers: HeaderMap; readonly trailers: HeaderMap }): void {
  assert.deepEqual(headers.getAll(initialKey), [initialValue]);
  assert.deepEqual(
    trailers.getAllBinary(trailingKey).map((value) => [...value]),
    [[...trailingValue]],
  );
}

export const metadataCases: Record<string, Case> = { custom_metadata: customMetadata };
