import type { Kind } from "../../call/spec.js";
import { binary } from "../../message/binary-codec.js";
import { json } from "../../message/json-codec.js";
import type { MessageCodec } from "../../message/message-codec.js";
import type { HandlerSetup } from "../protocol.js";

const nothing: MessageCodec = {
  typeName: "",
  create: () => ({}),
  toBinary: () => new Uint8Array(0),
  fromBinary: () => ({}),
};
const codecs = [binary(), json()];

/** For requests whose RPC is not known: it could be a stream, or unary. */
export const unknownStream: HandlerSetup = setup("bidi_streaming");
export const unknownUnary: HandlerSetup = setup("unary");

function setup(kind: Kind): HandlerSetup {
  return {
    spec: {
      procedure: "",
      kind,
      idempotency: "no_side_effects",
      input: nothing,
      output: nothing,
      options: {},
      serviceOptions: {},
    },
    codecs,
    compressions: [],
  };
}
