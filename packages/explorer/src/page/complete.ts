import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { commentOf } from "./comments.js";
import { elementOf, sampleOf, typeName } from "./fields.js";
import { placeAt } from "./scan.js";

/** What can stand at a place of a JSON text. */
export interface Completion {
  readonly label: string;
  /** What is put in, from `from` to the place. */
  readonly insert: string;
  /** How far from the end of what is put in the cursor stands then. */
  readonly back: number;
  readonly detail: string;
  readonly comment: string;
}

export interface Completions {
  readonly from: number;
  readonly items: readonly Completion[];
}

/** What the schema lets stand at a place: names of fields that are not there yet, values of enums, `true` and `false`. */
export function complete(text: string, cursor: number, root: DescMessage): Completions | undefined {
  const place = placeAt(text, cursor, root);
  if (place === undefined) return undefined;
  const typed = text.slice(place.from, cursor).replace(/^"/, "").toLowerCase();
  const all = place.expects === "name" ? names(place.message, place.present, text, cursor) : values(place.field);
  const items = all.filter(({ label }) => label.toLowerCase().includes(typed) && label.toLowerCase() !== typed);
  // Those that begin with it come first.
  const isBehind = ({ label }: Completion): number => (label.toLowerCase().startsWith(typed) ? 0 : 1);
  return items.length === 0
    ? undefined
    : { from: place.from, items: items.sort((one, other) => isBehind(one) - isBehind(other)) };
}

function names(
  message: DescMessage,
  present: ReadonlySet<string>,
  text: string,
  cursor: number,
): readonly Completion[] {
  // A quote after the cursor belongs to the name, a colon to its value.
  const hasColon = /^"?\s*:/.test(text.slice(cursor));
  return message.fields
    .filter(({ jsonName, name, oneof }) => {
      const isTaken = oneof?.fields.some((other) => present.has(other.jsonName) || present.has(other.name)) === true;
      return !present.has(jsonName) && !present.has(name) && !isTaken;
    })
    .map((field) => {
      const quoted = JSON.stringify(field.jsonName);
      const whole = field.fieldKind === "map" ? {} : field.fieldKind === "list" ? [] : sampleOf(elementOf(field));
      const value = JSON.stringify(whole);
      const back = /^(?:""|\{\}|\[\])$/.test(value) ? 1 : 0;
      return {
        label: field.jsonName,
        insert: hasColon ? quoted : `${quoted}: ${value}`,
        back: hasColon ? 0 : back,
        detail: field.oneof === undefined ? typeName(field) : `${typeName(field)}, of ${field.oneof.name}`,
        comment: commentOf(field),
      };
    });
}

function values(field: Parameters<typeof elementOf>[0] | undefined): readonly Completion[] {
  if (field === undefined) return [];
  const value = elementOf(field);
  if (value.kind === "enum") {
    return (field.enum?.values ?? []).map((one) => ({
      label: one.name,
      insert: JSON.stringify(one.name),
      back: 0,
      detail: String(one.number),
      comment: commentOf(one),
    }));
  }
  const isBool = value.kind === "scalar" && value.scalar === ScalarType.BOOL;
  return isBool
    ? ["true", "false"].map((label) => ({ label, insert: label, back: 0, detail: "bool", comment: "" }))
    : [];
}
