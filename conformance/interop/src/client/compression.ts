import assert from "node:assert/strict";
import { zeros } from "../payload.js";
import { collect, expectError, expectZeros } from "./expect.js";
import type { Case, Target } from "./target.js";
import { largeRequestBytes, largeResponseBytes, largeUnary } from "./unary.js";

const yes = { value: true };
const no = { value: false };

async function clientCompressedUnary(target: Target): Promise<void> {
  const { client } = target.compressingClient();
  const request = { responseSize: largeResponseBytes, payload: zeros(largeRequestBytes) };
  const probe = client.unaryCall({ ...request, expectCompressed: yes }, { compress: false });
  await expectError(probe, "invalid_argument");
  await largeUnary(client, { expectCompressed: yes }, { compress: true });
  await largeUnary(client, { expectCompressed: no }, { compress: false });
}

async function serverCompressedUnary(target: Target): Promise<void> {
  const { client, compressed } = target.compressingClient();
  await largeUnary(client, { responseCompressed: yes }, { compress: false });
  await largeUnary(client, { responseCompressed: no }, { compress: false });
  assert.deepEqual(compressed, [true, false]);
}

async function clientCompressedStreaming(target: Target): Promise<void> {
  const { client } = target.compressingClient();
  const probe = client.streamingInputCall();
  await probe.send({ expectCompressed: yes, payload: zeros(27_182) }, { compress: false });
  probe.closeSend();
  await expectError(probe.response, "invalid_argument");

  const stream = client.streamingInputCall();
  await stream.send({ expectCompressed: yes, payload: zeros(27_182) }, { compress: true });
  await stream.send({ expectCompressed: no, payload: zeros(45_904) }, { compress: false });
  stream.closeSend();
  const { message } = await stream.response;
  assert.equal(message.aggregatedPayloadSize, 73_086);
}

async function serverCompressedStreaming(target: Target): Promise<void> {
  const { client, compressed } = target.compressingClient();
  const responseParameters = [
    { compressed: yes, size: 31_415 },
    { compressed: no, size: 92_653 },
  ];
  const responses = await collect(client.streamingOutputCall({ responseParameters }));
  assert.equal(responses.length, responseParameters.length);
  for (const [index, { payload }] of responses.entries()) expectZeros(payload, responseParameters[index]?.size ?? 0);
  assert.deepEqual(compressed, [true, false]);
}

export const compressionCases: Record<string, Case> = {
  client_compressed_unary: clientCompressedUnary,
  server_compressed_unary: serverCompressedUnary,
  client_compressed_streaming: clientCompressedStreaming,
  server_compressed_streaming: serverCompressedStreaming,
};
