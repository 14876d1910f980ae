// A file of its own: what the tables of JSON know of scalars, enums, lists, maps and messages.
import type { JsonValue } from "@bufbuild/protobuf";
import type { JsonOptions } from "../message/message-codec.js";
import type { JsonReader } from "./json-reader.js";

/** How the values of a field stand in JSON. */
export interface JsonType {
  /** The JSON text. */
  readonly toText: (value: never, options: JsonOptions) => string;
  /** `undefined`: there is none, the name of an enum value is unknown and ignored. */
  readonly fromJson: (json: JsonValue, reader: JsonReader) => unknown;
  /** Whether a value is that of a field without presence that nobody has set. */
  readonly isDefault?: ((value: never) => boolean) | undefined;
  /** Whether null in a oneof says that the oneof is not set by it. */
  readonly isScalar?: boolean | undefined;
  /** Whether null is a value, as of google.protobuf.Value. */
  readonly isNullable?: boolean | undefined;
  /** Makes a value of what an init shape has for it, where that may be something else. */
  readonly nested?: ((init: unknown) => unknown) | undefined;
}
