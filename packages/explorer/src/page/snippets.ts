import type { JsonValue } from "@bufbuild/protobuf";
import { type CallToShow, typeScript } from "./typescript.js";

export const languages: readonly (readonly [name: string, write: (call: CallToShow) => string])[] = [
  ["curl", curl],
  ["buf curl", bufCurl],
  ["grpcurl", grpcurl],
  ["TypeScript", typeScript],
];

/** One word for a POSIX shell, whatever is in the text. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command, one option on a line. */
function command(...parts: readonly (readonly string[])[]): string {
  return parts.map((words) => words.join(" ")).join(" \\\n  ");
}

/** Connect: JSON for a unary call, JSON in envelopes for streams. */
function curl({ method, baseUrl, messages, headers, timeoutMs }: CallToShow): string {
  const url = `${baseUrl}/${method.parent.typeName}/${method.name}`;
  const own = headers.map(([name, value]) => ["-H", quoted(`${name}: ${value}`)]);
  const timeout = timeoutMs === undefined ? [] : [["-H", quoted(`connect-timeout-ms: ${timeoutMs}`)]];
  if (method.methodKind === "unary") {
    const body = JSON.stringify(messages[0] ?? {});
    return command(["curl", quoted(url)], ["-H", quoted("content-type: application/json")], ...own, ...timeout, [
      "-d",
      // An @ would name a file.
      quoted(body),
    ]);
  }
  const bodies = messages.map((message) => JSON.stringify(message));
  const format = bodies.map((body) => `${prefix(new TextEncoder().encode(body).length)}%s`).join("");
  const send = bodies.length === 0 ? ["printf", "''"] : ["printf", `'${format}'`, ...bodies.map(quoted)];
  // Bidirectional streams need HTTP/2.
  const http2 = url.startsWith("https:") ? "--http2" : "--http2-prior-knowledge";
  const version = method.methodKind === "bidi_streaming" ? [http2] : [];
  return `${send.join(" ")} |\n  ${command(
    ["curl", "-sN", ...version, quoted(url)],
    ["-H", quoted("content-type: application/connect+json")],
    ...own,
    ...timeout,
    ["--data-binary", "@-"],
  )}`;
}

/** No flags, and the length of the message, as `printf` writes bytes. */
function prefix(length: number): string {
  const bytes = [0, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

function bufCurl({ method, baseUrl, descriptorsUrl, messages, headers, timeoutMs }: CallToShow): string {
  const isBidi = method.methodKind === "bidi_streaming";
  return [
    command(["curl", "-so", "explorer.binpb", quoted(descriptorsUrl)]),
    command(
      ["buf", "curl", "--schema", "explorer.binpb"],
      ...(isBidi && baseUrl.startsWith("http:") ? [["--http2-prior-knowledge"]] : []),
      ...headers.map(([name, value]) => ["-H", quoted(`${name}: ${value}`)]),
      ...(timeoutMs === undefined ? [] : [["--max-time", String(timeoutMs / 1000)]]),
      ["-d", quoted(data(messages))],
      [quoted(`${baseUrl}/${method.parent.typeName}/${method.name}`)],
    ),
  ].join("\n");
}

function grpcurl({ method, baseUrl, descriptorsUrl, messages, headers, timeoutMs }: CallToShow): string {
  const { protocol, host, hostname, port, pathname } = new URL(baseUrl);
  if (pathname !== "/") return "# grpcurl cannot call below a path: use buf curl";
  const isPlain = protocol === "http:";
  return [
    command(["curl", "-so", "explorer.binpb", quoted(descriptorsUrl)]),
    command(
      ["grpcurl", ...(isPlain ? ["-plaintext"] : []), "-protoset", "explorer.binpb"],
      ...headers.map(([name, value]) => ["-H", quoted(`${name}: ${value}`)]),
      ...(timeoutMs === undefined ? [] : [["-max-time", String(timeoutMs / 1000)]]),
      ["-d", quoted(data(messages))],
      [port === "" ? `${hostname}:${isPlain ? 80 : 443}` : host, `${method.parent.typeName}/${method.name}`].map(
        quoted,
      ),
    ),
  ].join("\n");
}

/** Messages in one text: both programs read one after the other. */
function data(messages: readonly JsonValue[]): string {
  return messages.map((message) => JSON.stringify(message)).join(" ") || "{}";
}
