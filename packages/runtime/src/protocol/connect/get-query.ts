import { percentDecodeBytes } from "../shared/percent.js";

/** The parameters of a Connect GET. */
export interface ConnectGetQuery {
  connect?: string;
  base64?: string;
  compression?: string;
  encoding?: string;
  /** Still percent-encoded: it may stand for bytes that are not text. */
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
    const pair = query.slice(start, end);
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : pair.slice(equals + 1);
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
