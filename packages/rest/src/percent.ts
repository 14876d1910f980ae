// A file of its own: templates, paths and queries decode alike.

/** Undoes percent-encoding; `undefined` when a sequence is none, or is not UTF-8. */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** As {@link percentDecoded}, but `%2F` and `%2f` stay, so that they are told from the slashes between segments. */
export function multiSegmentDecoded(text: string): string | undefined {
  return percentDecoded(text.replaceAll("%2F", "%252F").replaceAll("%2f", "%252f"));
}

/** Decodes a name or a value of a query: a plus sign is a space there. */
export function queryDecoded(text: string): string | undefined {
  return percentDecoded(text.includes("+") ? text.replaceAll("+", " ") : text);
}
