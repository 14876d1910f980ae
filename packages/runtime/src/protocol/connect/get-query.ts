import { percentDecodeBytes } from "../shared/percent.js";

/** The parameters of a Connect GET. */
export interface ConnectGetQuery {
  connect?: string;
  base64?: string;
  compression?: string;
  encoding?: string;
  /** Still percent-encoded: it may stand for bytes that are no text. */
  message?: string;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Takes a query apart. The first of equal names counts, others are the user's. */
export function parseGetQuery(query: string): ConnectGetQuery {
  const parsed: ConnectGetQuery = {};
  let start = 0;
  while (start < query.length) {
    let end = query.indexOf("&", start);
    if (end === -1) end = query.length;
    const equals = query.indexOf("=", start);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    const name = decode(query.slice(start, nameEnd));
    const value = query.slice(Math.min(nameEnd + 1, end), end);
    switch (name) {
      case "message":
        parsed.message ??= value;
        break;
      case "connect":
      case "base64":
      case "compression":
      case "encoding":
        parsed[name] ??= decode(value);
        break;
    }
    start = end + 1;
  }
  return parsed;
}

function decode(text: string): string {
  return text.includes("%") || text.includes("+") ? utf8.decode(percentDecodeBytes(text, true)) : text;
}
