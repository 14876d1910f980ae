// Where a place in a JSON text stands, also in one that is not finished.
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { elementOf, hasOwnForm, type Value } from "./fields.js";

/** What is written at a place of a JSON text. */
export interface Place {
  /** The message whose field is named here or has its value here, as far as the text tells. */
  readonly message: DescMessage;
  /** A name is written here, or the value of `field`. */
  readonly expects: "name" | "value";
  readonly field: DescField | undefined;
  /** The names that its object has before this place. */
  readonly present: ReadonlySet<string>;
  /** Where the word begins that ends here, with its quote. */
  readonly from: number;
}

interface Level {
  readonly kind: "object" | "array";
  /** Of an object: its message, or the field whose map it is. */
  readonly message: DescMessage | undefined;
  readonly field: DescField | undefined;
  readonly present: Set<string>;
  name: string | undefined;
  expects: "name" | "colon" | "value" | "comma";
}

const token = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/gs;

/** `undefined` where nothing can be said: outside of all messages, or in what the schema does not know. */
export function placeAt(text: string, cursor: number, root: DescMessage): Place | undefined {
  const levels: Level[] = [];
  let from = cursor;
  for (const match of text.slice(0, cursor).matchAll(token)) {
    const [word] = match;
    const end = match.index + word.length;
    const level = levels.at(-1);
    const isOpen = end === cursor && !/^(?:[{}[\],:]|".*")$/s.test(word);
    if (isOpen) {
      from = match.index;
      break;
    }
    step(word, level, levels, root);
  }
  const level = levels.at(-1);
  if (level === undefined) return undefined;
  const field = level.kind === "array" || level.message === undefined ? level.field : named(level.message, level.name);
  const message = level.message ?? level.field?.parent;
  if (message === undefined) return undefined;
  if (level.kind === "object" && level.expects === "name") {
    return level.message && { message, expects: "name", field: undefined, present: level.present, from };
  }
  return level.expects === "value" && field !== undefined
    ? { message, expects: "value", field, present: level.present, from }
    : undefined;
}

function step(word: string, level: Level | undefined, levels: Level[], root: DescMessage): void {
  switch (word) {
    case "{":
    case "[":
      levels.push(
        levels.length === 0 ? opened(word, { kind: "message", message: root }, undefined) : inner(word, level),
      );
      return;
    case "}":
    case "]": {
      levels.pop();
      const outer = levels.at(-1);
      if (outer !== undefined) outer.expects = "comma";
      return;
    }
    case ",":
      if (level !== undefined) level.expects = level.kind === "object" ? "name" : "value";
      return;
    case ":":
      if (level !== undefined) level.expects = "value";
      return;
    default:
      if (level === undefined) return;
      if (level.kind === "object" && level.expects === "name") {
        level.name = unquoted(word);
        level.present.add(level.name);
        level.expects = "colon";
      } else level.expects = "comma";
  }
}

/** What is opened as a value within a level. */
function inner(word: "{" | "[", level: Level | undefined): Level {
  const field =
    level === undefined ? undefined : level.message === undefined ? level.field : named(level.message, level.name);
  if (field === undefined) return opened(word, undefined, undefined);
  // A list is written as an array of values, a map as an object of them.
  const isWhole = level?.message !== undefined;
  if (isWhole && (field.fieldKind === "list" || field.fieldKind === "map")) return opened(word, undefined, field);
  return opened(word, elementOf(field), undefined);
}

function opened(word: "{" | "[", value: Value | undefined, field: DescField | undefined): Level {
  const message = value?.kind === "message" && !hasOwnForm(value.message) ? value.message : undefined;
  const kind = word === "{" ? "object" : "array";
  return { kind, message, field, present: new Set(), name: undefined, expects: kind === "object" ? "name" : "value" };
}

/** The field that a name in JSON means. */
export function named(message: DescMessage, name: string | undefined): DescField | undefined {
  return message.fields.find((field) => field.jsonName === name || field.name === name);
}

function unquoted(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    return word.replaceAll('"', "");
  }
}
