import type {
  DescMessage,
  fromJson,
  JsonReadOptions,
  JsonWriteStringOptions,
  Message,
  Registry,
  toJson,
} from "@bufbuild/protobuf";

/** How JSON is read and written. */
export interface JsonOptions extends Partial<JsonReadOptions>, Partial<JsonWriteStringOptions> {
  /** The types that may stand in `google.protobuf.Any` and as extensions. */
  readonly registry?: Registry;
  /**
   * JSON by descriptors: `jsonReflection`. Messages that were generated without JSON need it, and with generated codecs the
   * types of the registry do. @default `jsonReflection` where there is a handler, a transport of Node's or a dynamic client; none elsewhere
   */
  readonly reflection?: JsonReflection;
}

/** JSON by descriptors. */
export interface JsonReflection {
  readonly toJson: typeof toJson;
  readonly fromJson: typeof fromJson;
  /** The descriptor of google.protobuf.Any. */
  readonly any: DescMessage;
  toJsonString(schema: DescMessage, message: Message, options: JsonOptions): string;
  /** @throws ConnectError `resource_exhausted` above `decodedMaxBytes` */
  fromJsonString(schema: DescMessage, json: string, options: JsonOptions, decodedMaxBytes?: number): Message;
}

/**
 * How one message type becomes bytes and back: the seam between the runtime and the code for a
 * message. `esCodec(schema)` makes one from a protobuf-es schema; the generator can print
 * specialised ones. Specs carry codecs, not descriptors.
 */
export interface MessageCodec<T = unknown> {
  /** The full name of the message type. */
  readonly typeName: string;
  /** The schema, where the codec has one. */
  readonly schema?: DescMessage;
  /** Completes an init shape to a message; a message is returned as it is. */
  create(init: unknown): T;
  /** The binary form, in a new array whose first `headroom` bytes are left for the caller. */
  toBinary(message: T, headroom: number): Uint8Array;
  /**
   * Reads the binary form in `bytes` from `start` to `end`. The result may share memory with `bytes`.
   *
   * @param decodedMaxBytes - what the message may take in memory, by estimate
   * @throws when the bytes are not of this type; ConnectError `resource_exhausted` above `decodedMaxBytes`
   */
  fromBinary(bytes: Uint8Array, start: number, end: number, decodedMaxBytes?: number): T;
  /** ProtoJSON. Absent where the codec was generated without it. */
  toJsonString?(message: T, options: JsonOptions): string;
  fromJsonString?(json: string, options: JsonOptions, decodedMaxBytes?: number): T;
}
