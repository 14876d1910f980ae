import type { Codec } from "./codec.js";

/** Binary protobuf: `application/proto`, `application/grpc+proto`. */
export function binary(): Codec {
  return codec;
}

const codec: Codec = {
  name: "proto",
  text: false,
  encode(message, type, headroom) {
    return type.toBinary(message, headroom);
  },
  decode(bytes, start, end, type) {
    return type.fromBinary(bytes, start, end);
  },
};
