// A file of its own: requests, responses and options are shown alike.
import { el } from "./dom.js";

const tokens = /("(?:[^"\\]|\\.)*"?)(\s*:)?|\b(?:true|false|null)\b|-?\b\d[\d.eE+-]*\b/gs;

/** Longer texts have no colours, and are cut at many times this: a page of a million elements does not move. */
const maxLength = 50_000;

/** A JSON text in colours. */
export function highlight(text: string): readonly (Node | string)[] {
  if (text.length > 10 * maxLength) return [`${text.slice(0, 10 * maxLength)} … (${text.length} characters)`];
  if (text.length > maxLength) return [text];
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, string, colon = ""] = match;
    parts.push(text.slice(at, match.index));
    if (string === undefined) parts.push(el("span", { class: /^[tfn]/.test(whole) ? "word" : "number" }, whole));
    else parts.push(el("span", { class: colon === "" ? "string" : "name" }, string), colon);
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}
