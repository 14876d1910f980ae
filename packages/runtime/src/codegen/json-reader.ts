import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { entryWeight, objectWeight, tooHeavy } from "../message/decoded-size.js";
import type { JsonOptions } from "../message/message-codec.js";

/** How JSON is read: the options, and how deep in it the reader is. */
export class JsonReader {
  readonly options: JsonOptions;
  readonly depthLimit: number;
  /** How many messages are open. */
  depth = 0;

  /** What was read so far takes in memory, by estimate. */
  weight = 0;
  readonly maxWeight: number;

  constructor(options: JsonOptions, maxWeight: number = Number.POSITIVE_INFINITY) {
    this.options = options;
    this.maxWeight = maxWeight;
    // As in protobuf-es.
    this.depthLimit = options.recursionLimit ?? 100;
  }

  /** Enters a message. @throws where they are nested too deep */
  enter(typeName: string, members = 0): void {
    this.weight += entryWeight + objectWeight + members;
    if (this.weight > this.maxWeight) throw tooHeavy(this.maxWeight);
    if (++this.depth > this.depthLimit) {
      throw new Error(`${typeName}: maximum recursion depth of ${this.depthLimit} reached`);
    }
  }

  /** Enters a message that stands as an object in JSON. @param members - what they take in memory when they are empty */
  object(json: JsonValue, typeName: string, members: number): JsonObject {
    this.enter(typeName, members);
    if (json === null || Array.isArray(json) || typeof json !== "object") {
      throw new Error(`${typeName}: expected an object, got ${kindOf(json)}`);
    }
    return json;
  }

  leave(): void {
    this.depth--;
  }

  /** Meets a member that no field has. @throws unless such are ignored */
  unknown(typeName: string, name: string): void {
    if (this.options.ignoreUnknownFields === true) return;
    // With a registry, an extension of another message is passed over.
    if (this.options.registry !== undefined && /^\[.*\]$/.test(name)) {
      if (this.options.registry.getExtension(name.slice(1, -1)) !== undefined) return;
    }
    throw new Error(`${typeName}: ${quoted(name)} is unknown`);
  }

  /** The options, for protobuf-es to go on at this depth. */
  nested(): JsonOptions {
    return { ...this.options, recursionLimit: this.depthLimit - this.depth };
  }
}

/** Refuses a member that stands there under its other name too. */
export function once(json: JsonObject, name: string): void {
  if (Object.hasOwn(json, name)) throw new Error(`${quoted(name)} is set twice, by both of its names`);
}

/** Refuses a second member of a oneof. */
export function oneofTwice(oneof: string, first: string, second: string): Error {
  return new Error(`oneof ${oneof} is set twice, by ${first} and by ${second}`);
}

export function kindOf(json: unknown): string {
  if (json === null) return "null";
  return Array.isArray(json) ? "an array" : typeof json;
}

export function withoutReflection(what: string): Error {
  return new Error(`${what} needs descriptors: use json({ registry, reflection: jsonReflection })`);
}

/** What a peer sent, cut, and without characters that do harm. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text);
}
