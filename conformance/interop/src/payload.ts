// A file of its own: clients and servers use it.
import type { PayloadInit } from "#gen/grpc/testing/messages_init.js";
import { PayloadType } from "#gen/grpc/testing/messages_pb.js";

/** A payload of zeros. */
export function zeros(size: number): PayloadInit {
  return { type: PayloadType.COMPRESSABLE, body: new Uint8Array(size) };
}
