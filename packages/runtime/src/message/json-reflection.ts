// A file of its own: where codecs are generated, a browser loads it only when it is asked for.
import { fromJson, fromJsonString, toJson, toJsonString } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { checkIntegers, checkNumbers, checkTextWeight } from "./es-json-checks.js";
import { setJsonReflection } from "./json-codec.js";
import type { JsonReflection } from "./message-codec.js";

/**
 * JSON by the descriptors of protobuf-es, for `json({ reflection: jsonReflection })`: for messages that were generated
 * without JSON, and with generated codecs for the types of a `registry`. With a handler, a transport of Node's or a dynamic
 * client it is there already.
 */
export const jsonReflection: JsonReflection = {
  toJson,
  fromJson,
  any: AnySchema,
  toJsonString,
  fromJsonString(schema, json, options, decodedMaxBytes) {
    if (decodedMaxBytes !== undefined) checkTextWeight(schema, json, decodedMaxBytes);
    checkNumbers(schema, json);
    checkIntegers(schema, json);
    return fromJsonString(schema, json, options);
  },
};

/** Gives JSON by descriptors to all codecs. Who loads descriptors, or need not count bytes, calls it. */
export function useJsonReflection(): void {
  setJsonReflection(jsonReflection);
}
