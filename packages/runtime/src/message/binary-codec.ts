// A file of its own: a client with JSON alone leaves it out.
import { checkOptions } from "../check-options.js";
import type { Codec } from "./codec.js";

/**
 * Binary protobuf: `application/proto`, `application/grpc+proto`.
 *
 * @throws TypeError for an option: it has none
 */
export function binary(options: Readonly<Record<string, never>> = {}): Codec {
  checkOptions("binary", options, {});
  return codec;
}

const codec: Codec = {
  name: "proto",
  text: false,
  encode(message, type, headroom) {
    return type.toBinary(message, headroom);
  },
  decode(bytes, start, end, type, decodedMaxBytes) {
    return type.fromBinary(bytes, start, end, decodedMaxBytes);
  },
};
