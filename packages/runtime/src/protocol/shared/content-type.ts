import type { Codec } from "../../message/codec.js";

/** A content type that a handler serves. */
export interface ServedType {
  readonly codec: Codec;
  /** The content type, as it stands in the response. */
  readonly value: string;
}

/** The content types of one protocol and kind of call, by their lower-case media types. */
export type ServedTypes = ReadonlyMap<string, ServedType>;

/** Makes the table of `<prefix><codec>`, with `bare` for the codec `proto` where the protocol has a short form. */
export function servedTypes(codecs: readonly Codec[], prefix: string, bare?: string): ServedTypes {
  const types = new Map<string, ServedType>();
  for (const codec of codecs) {
    if (bare !== undefined && codec.name === "proto") types.set(bare, { codec, value: bare });
    const value = prefix + codec.name;
    types.set(value, { codec, value });
  }
  return types;
}

/** Remembers what is made from a list of codecs: a router has one list, and asks for each request. */
export function perCodecs<T>(make: (codecs: readonly Codec[]) => T): (codecs: readonly Codec[]) => T {
  const made = new WeakMap<readonly Codec[], T>();
  return (codecs) => {
    let value = made.get(codecs);
    if (value === undefined) {
      value = make(codecs);
      made.set(codecs, value);
    }
    return value;
  };
}

/** Finds the type that a request's `Content-Type` names. It may say `charset=utf-8`, as some clients do of all types; no other parameter has a meaning. */
export function findServedType(types: ServedTypes, header: string | undefined): ServedType | undefined {
  if (header === undefined) return undefined;
  const exact = types.get(header);
  if (exact !== undefined) return exact;
  const found = types.get(mediaType(header));
  return found !== undefined && hasKnownParameters(header) ? found : undefined;
}

/** The media type of a content type: lower case, without parameters. */
export function mediaType(header: string): string {
  const semicolon = header.indexOf(";");
  return (semicolon === -1 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

function hasKnownParameters(header: string): boolean {
  const parameters = header.split(";", 8);
  for (let i = 1; i < parameters.length; i++) {
    const parameter = (parameters[i] as string).trim().toLowerCase();
    if (parameter === "") continue;
    if (parameter !== "charset=utf-8" && parameter !== 'charset="utf-8"') return false;
  }
  return parameters.length < 8;
}
