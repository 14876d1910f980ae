import { quiet } from "../http/awaitable.js";
import { encodeBase64Unpadded } from "../http/base64.js";
import type { EventKind } from "./event.js";

/** The answer to an event, in the form that its sender reads. */
export interface LambdaResult {
  readonly statusCode: number;
  /** For Application Load Balancers. */
  readonly statusDescription?: string | undefined;
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** For REST APIs, and for balancers that send such headers. */
  readonly multiValueHeaders?: { readonly [name: string]: readonly string[] } | undefined;
  /** The values of `set-cookie`, for HTTP APIs and function URLs. */
  readonly cookies?: readonly string[] | undefined;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What Lambda and balancers take of an answer, of which its headers get a part: 6 MB and 1 MB. */
const maxBytes: { readonly [Kind in EventKind]: number } = {
  "http-api": 6_291_556,
  "rest-api": 6_291_556,
  alb: 1_000_000,
};
const headersMaxBytes = 32 * 1024;
/** Bodies that are sent as they are; without it REST APIs need `binaryMediaTypes` for JSON too. */
const textual = /^(?:text\/|application\/(?:json|grpc-web-text))/;

/** How many bytes a body may have for a sender of events, in JSON. */
export function bodyMaxBytes(kind: EventKind): number {
  return maxBytes[kind] - headersMaxBytes;
}

/** The body as text, and whether that is base64; `undefined` when it has more bytes than the sender takes. Then it is not read on. */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<[body: string, base64: boolean] | undefined> {
  if (response.body === null) return ["", false];
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    chunks.push(read.value);
    length += read.value.length;
    if (length > maxBytes) {
      void quiet(reader.cancel());
      return undefined;
    }
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  if (isText(response.headers)) {
    const text = new TextDecoder().decode(bytes);
    // Lambda counts the text as it stands in its JSON.
    return new TextEncoder().encode(JSON.stringify(text)).length > maxBytes ? undefined : [text, false];
  }
  const text = encodeBase64Unpadded(bytes);
  return text.length > maxBytes ? undefined : [text.padEnd(Math.ceil(text.length / 4) * 4, "="), true];
}

function isText(headers: Headers): boolean {
  return textual.test(headers.get("content-type") ?? "") && !headers.has("content-encoding");
}

/** @param multiValue - the event has `multiValueHeaders` */
export function resultOf(
  { status, headers }: Response,
  [body, isBase64Encoded]: readonly [string, boolean],
  kind: EventKind,
  multiValue: boolean,
): LambdaResult {
  const result = { statusCode: status, body, isBase64Encoded };
  if (kind === "http-api") return { ...result, ...headAsHttpApi(headers) };
  const description = kind === "alb" ? { statusDescription: String(status) } : undefined;
  if (kind === "alb" && !multiValue) return { ...result, ...description, headers: Object.fromEntries(headers) };
  const multiValueHeaders: [string, string[]][] = [];
  for (const [name, value] of headers) {
    const last = multiValueHeaders.at(-1);
    if (last?.[0] === name) last[1].push(value);
    else multiValueHeaders.push([name, [value]]);
  }
  return { ...result, ...description, multiValueHeaders: Object.fromEntries(multiValueHeaders) };
}

/** Headers as HTTP APIs, function URLs and streamed responses have them: cookies stand apart. */
export function headAsHttpApi(headers: Headers): Pick<LambdaResult, "headers" | "cookies"> {
  const plain = Object.fromEntries([...headers].filter(([name]) => name !== "set-cookie"));
  const cookies = headers.getSetCookie();
  return cookies.length === 0 ? { headers: plain } : { headers: plain, cookies };
}
