import type { Compression, HeaderMap } from "@connect-ts/runtime";

/** What HTTP or REST itself decides. The connection-specific ones are malformed in HTTP/2 (RFC 9113 section 8.2.2). */
const reserved: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Appends the headers or trailers of a handler. */
export function appendHeaders(target: HeaderMap, source: HeaderMap, prefix = ""): void {
  for (const [name, value] of source) if (!reserved.has(name)) target.append(prefix + name, value);
}

/** A media type without its parameters, in lower case. */
export function mediaType(value: string): string {
  return (value.split(";", 1)[0] as string).trim().toLowerCase();
}

/** Whether an Accept header names a media type, and does not refuse it with `q=0` (RFC 9110 section 12.5.1). */
export function takes(accept: string | null, type: string): boolean {
  return (accept ?? "").split(",").some((one) => mediaType(one) === type && !isRefused(one));
}

/** The first of the server's compressions that an Accept-Encoding header names. */
export function acceptedCompression(
  accept: string | null,
  compressions: readonly Compression[],
): Compression | undefined {
  return compressions.find(({ name }) => takes(accept, name));
}

function isRefused(one: string): boolean {
  return one
    .split(";")
    .slice(1)
    .some((parameter) => /^q=0(\.0{0,3})?$/i.test(parameter.trim()));
}

/**
 * The deadline that a request asks for, in milliseconds: the shorter one of `X-Server-Timeout`, in seconds, and
 * `Connect-Timeout-Ms`. A text when a header cannot be read.
 */
export function readTimeout(headers: HeaderMap): number | string | undefined {
  const seconds = headers.get("x-server-timeout");
  const milliseconds = headers.get("connect-timeout-ms");
  if (seconds !== null && !/^\d{1,10}(\.\d{1,9})?$/.test(seconds)) {
    return "the header X-Server-Timeout must be a number of seconds, such as 1.5";
  }
  if (milliseconds !== null && !/^\d{1,10}$/.test(milliseconds)) {
    return "the header Connect-Timeout-Ms must be 1 to 10 digits";
  }
  const given = [
    ...(seconds === null ? [] : [Math.ceil(Number(seconds) * 1000)]),
    ...(milliseconds === null ? [] : [Number(milliseconds)]),
  ];
  return given.length === 0 ? undefined : Math.min(...given);
}

/** What a page may send to another origin without asking it first (Fetch standard, "CORS-safelisted request-header"). */
const unasked: ReadonlySet<string> = new Set([
  "",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/** Whether a page of another origin may have sent a request with the user's cookies, and nobody asked the server. */
export function isForged(headers: HeaderMap): boolean {
  if (!unasked.has(mediaType(headers.get("content-type") ?? ""))) return false;
  const site = headers.get("sec-fetch-site");
  return site === null ? headers.has("origin") : site !== "same-origin" && site !== "none";
}
