import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { ConnectError } from "@connect-ts/runtime";
import { zeros } from "../payload.js";
import type { Case, Target } from "./target.js";
import { largeRequestBytes, largeResponseBytes, largeUnary } from "./unary.js";

/** The server has sent GOAWAY: the second call goes over another connection. */
async function goaway({ testService }: Target): Promise<void> {
  await largeUnary(testService);
  await setTimeout(1000);
  await largeUnary(testService);
}

async function reset({ testService }: Target): Promise<void> {
  const request = { responseSize: largeResponseBytes, payload: zeros(largeRequestBytes) };
  const error = await testService.unaryCall(request).then(
    () => assert.fail("the call ended well, and the server had reset it"),
    (reason: unknown) => ConnectError.from(reason),
  );
  // gRPC's table for RST_STREAM with NO_ERROR: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
  assert.equal(error.code, "internal", error.message);
}

async function maxStreams({ testService }: Target): Promise<void> {
  await largeUnary(testService);
  await Promise.all(Array.from({ length: 10 }, () => largeUnary(testService)));
}

const once: Case = ({ testService }) => largeUnary(testService);

/** To be run against the programs of `../http2`, each with the same `--test_case`. */
export const http2Cases: Record<string, Case> = {
  goaway,
  rst_after_header: reset,
  rst_during_data: reset,
  rst_after_data: reset,
  ping: once,
  max_streams: maxStreams,
  data_frame_padding: once,
  no_df_padding_sanity_test: once,
};
