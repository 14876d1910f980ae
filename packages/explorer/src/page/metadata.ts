// A file of its own: its rules are tested without a page.
/** Headers as a person writes them. */
export interface Metadata {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly problem: string | undefined;
}

/** What a browser sets itself, and lets no page set (Fetch, "forbidden request-header"). */
const forbidden =
  /^(?:accept-charset|accept-encoding|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/;
/** What the relay takes for itself. */
const own = /^(?:content-type|explorer-.*|connect-.*)$/;

/** Reads lines of `name: value`. Lines that are wrong are left out, and the first is told. */
export function readMetadata(text: string): Metadata {
  const headers: [string, string][] = [];
  let problem: string | undefined;
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const [, name = "", value = ""] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    const lower = name.toLowerCase();
    if (name === "") problem ??= `a header is written as "name: value", not ${JSON.stringify(line.trim())}`;
    else if (forbidden.test(lower)) problem ??= `a browser lets no page set the header ${lower}`;
    else if (own.test(lower)) problem ??= `the explorer sets the header ${lower} itself`;
    else if (!/^[\x20-\x7e]*$/.test(value)) problem ??= `the value of ${lower} must be printable ASCII`;
    else headers.push([lower, value]);
  }
  return { headers, problem };
}
