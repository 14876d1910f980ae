// A file of its own: the cases of all files use it.
import assert from "node:assert/strict";
import { type Code, ConnectError } from "@connect-ts/runtime";
import { type Payload, PayloadType } from "#gen/grpc/testing/messages_pb.js";

/** Fails unless the payload is that many zeros. */
export function expectZeros(payload: Payload | undefined, size: number): void {
  assert.equal(payload?.type, PayloadType.COMPRESSABLE);
  assert.equal(payload.body.length, size);
  assert.ok(Buffer.alloc(size).equals(payload.body));
}

/** Fails unless the promise rejects with this code, and with this message if there is one. */
export async function expectError(promise: Promise<unknown>, code: Code, message?: string): Promise<void> {
  const error = await promise.then(
    () => assert.fail(`the call ended well, and ${code} was expected`),
    (reason: unknown) => ConnectError.from(reason),
  );
  assert.equal(error.code, code, error.message);
  if (message !== undefined) assert.equal(error.rawMessage, message);
}

/** All messages of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const messages: T[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}
