// A file of its own: messages that nobody can extend leave it out of bundles.
import type { JsonObject, Message } from "@bufbuild/protobuf";
import type { JsonOptions } from "../message/message-codec.js";
import type { JsonReader } from "./json-reader.js";
import { withoutReflection } from "./json-reader.js";

/** What writes and reads messages with extensions that the registry knows: protobuf-es does. `undefined`: there are none. */
export interface JsonExtensions {
  toJson(message: Message, options: JsonOptions): JsonObject | undefined;
  fromJson(json: JsonObject, typeName: string, reader: JsonReader): Message | undefined;
}

export const jsonExtensions: JsonExtensions = {
  toJson(message, options) {
    const { registry, reflection } = options;
    if (registry === undefined || message.$unknown === undefined) return undefined;
    for (const { no } of message.$unknown) {
      const extension = registry.getExtensionFor({ typeName: message.$typeName } as never, no);
      if (extension === undefined) continue;
      if (reflection === undefined) throw withoutReflection(`the extension ${extension.typeName}`);
      return reflection.toJson(extension.extendee, message, options) as JsonObject;
    }
    return undefined;
  },
  fromJson(json, typeName, reader) {
    const { registry, reflection } = reader.options;
    if (registry === undefined) return undefined;
    for (const name of Object.keys(json)) {
      if (!/^\[.*\]$/.test(name)) continue;
      const extension = registry.getExtension(name.slice(1, -1));
      if (extension?.extendee.typeName !== typeName) continue;
      if (reflection === undefined) throw withoutReflection(`the extension ${extension.typeName}`);
      reader.leave();
      return reflection.fromJson(extension.extendee, json, reader.nested());
    }
    return undefined;
  },
};
