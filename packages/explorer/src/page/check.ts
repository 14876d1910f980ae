import { type DescMessage, fromJson, type JsonValue, type Message, type Registry } from "@bufbuild/protobuf";

/** A request that was read, or why it cannot be. */
export type Checked =
  | { readonly message: Message; readonly problem?: undefined }
  | { readonly message?: undefined; readonly problem: Problem };

export interface Problem {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Reads a request. An empty text is a message without fields. */
export function check(text: string, desc: DescMessage, registry: Registry): Checked {
  let value: JsonValue;
  try {
    value = JSON.parse(text.trim() || "{}") as JsonValue;
  } catch (error) {
    return { problem: { text: `not JSON: ${messageOf(error)}`, line: lineOf(text, brokenAt(text, messageOf(error))) } };
  }
  try {
    return { message: fromJson(desc, value, { registry }) };
  } catch (error) {
    const problem = messageOf(error).replace(
      /^cannot decode (?:field |message |oneof )?(\S+) from JSON: /,
      (_, name: string) =>
        name.startsWith(`${desc.typeName}.`) ? `${name.slice(desc.typeName.length + 1)}: ` : `${name}: `,
    );
    return { problem: { text: problem, line: lineOf(text, blamed(text, problem)) } };
  }
}

/** What an error says, whichever realm it comes from. */
export function messageOf(error: unknown): string {
  return String((error as { readonly message?: unknown } | null | undefined)?.message ?? error);
}

/** Where the engine says that JSON broke. Not all of them say. */
function brokenAt(text: string, message: string): number {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  return position === undefined ? text.trimEnd().length : Number(position);
}

/** Where the field or the value stands that an error of protobuf-es tells: `items: expected Array, got 3`. */
function blamed(text: string, problem: string): number {
  const [, field = "", value = ""] = /^(?:[^:]*[. ])?([^\s.:]+): (.*)$/s.exec(problem) ?? [];
  const quoted = [...problem.matchAll(/"[^"]+"/g)].map(([one]) => one);
  // A name of a oneof is in no text, those of its fields are.
  const names = [field, ...(value.match(/\w+/g) ?? []).reverse()].flatMap((name) => [
    `"${name}"`,
    `"${name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())}"`,
  ]);
  const places = [...quoted, ...names, value].map((one) => (one === "" ? -1 : text.indexOf(one)));
  return places.find((place) => place >= 0) ?? 0;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}
