import type { DescMethod, MessageShape } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { esCodec } from "../message/es-codec.js";
import type { Idempotency, Kind, Spec, SpecOptions } from "./spec.js";

/** The kinds of a method's descriptor are the names that we use. */
export type SpecOf<Method extends DescMethod> = Spec<
  MessageShape<Method["input"]>,
  MessageShape<Method["output"]>,
  Method["methodKind"] & Kind
>;

/**
 * Makes the spec of an RPC from its descriptor, for calls of schemas that are known only at run time.
 * Custom options are read from the descriptor by `getOption`; `options` and `serviceOptions` are empty.
 */
export function specOf<Method extends DescMethod>(method: Method): SpecOf<Method> {
  return {
    procedure: `/${method.parent.typeName}/${method.name}`,
    kind: method.methodKind as Method["methodKind"] & Kind,
    idempotency: idempotencyOf(method),
    input: esCodec(method.input),
    output: esCodec(method.output),
    options: noOptions,
    serviceOptions: noOptions,
    schema: method,
  } as unknown as SpecOf<Method>;
}

const noOptions: SpecOptions = {};

function idempotencyOf(method: DescMethod): Idempotency {
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return "no_side_effects";
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return "idempotent";
    default:
      return "unknown";
  }
}
