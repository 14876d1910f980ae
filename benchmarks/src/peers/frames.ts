import { create, toBinary } from "@bufbuild/protobuf";
import {
  BlobRequestSchema,
  ChatRequestSchema,
  NestedRequestSchema,
  PublishResponseSchema,
  SubscribeRequestSchema,
  TinyRequestSchema,
} from "../gen/bench/v1/bench_pb.js";
import { blob, event, order, tiny } from "../messages.js";

/** A message in its envelope. */
export function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, 5);
  return bytes;
}

export const tinyFrame: Buffer = frame(toBinary(TinyRequestSchema, create(TinyRequestSchema, tiny)));
export const nestedFrame: Buffer = frame(toBinary(NestedRequestSchema, create(NestedRequestSchema, { order })));
export const blobFrame: Buffer = frame(toBinary(BlobRequestSchema, create(BlobRequestSchema, blob)));
export const eventFrame: Buffer = frame(toBinary(ChatRequestSchema, create(ChatRequestSchema, event)));

export function countFrame(count: number): Buffer {
  return frame(toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { count })));
}

export function countedFrame(count: number): Buffer {
  return frame(toBinary(PublishResponseSchema, create(PublishResponseSchema, { count })));
}

const perChunk = Math.floor(16_384 / eventFrame.length);
const chunk = Buffer.concat(Array.from({ length: perChunk }, () => eventFrame));

/** This many events, in chunks of about 16 KiB. */
export function* eventChunks(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= perChunk) {
    yield left >= perChunk ? chunk : chunk.subarray(0, left * eventFrame.length);
  }
}
