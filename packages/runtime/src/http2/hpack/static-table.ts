/** RFC 7541 appendix A: the names and values of the indices 1 to 61 in turn. */
// biome-ignore format: one line holds what belongs together
const entries = [
  ":authority", "",
  ":method", "GET", ":method", "POST",
  ":path", "/", ":path", "/index.html",
  ":scheme", "http", ":scheme", "https",
  ":status", "200", ":status", "204", ":status", "206", ":status", "304", ":status", "400", ":status", "404", ":status", "500",
  "accept-charset", "", "accept-encoding", "gzip, deflate", "accept-language", "", "accept-ranges", "", "accept", "",
  "access-control-allow-origin", "", "age", "", "allow", "", "authorization", "", "cache-control", "",
  "content-disposition", "", "content-encoding", "", "content-language", "", "content-length", "", "content-location", "",
  "content-range", "", "content-type", "", "cookie", "", "date", "", "etag", "", "expect", "", "expires", "", "from", "",
  "host", "", "if-match", "", "if-modified-since", "", "if-none-match", "", "if-range", "", "if-unmodified-since", "",
  "last-modified", "", "link", "", "location", "", "max-forwards", "", "proxy-authenticate", "", "proxy-authorization", "",
  "range", "", "referer", "", "refresh", "", "retry-after", "", "server", "", "set-cookie", "",
  "strict-transport-security", "", "transfer-encoding", "", "user-agent", "", "vary", "", "via", "", "www-authenticate", "",
];

/** How many entries the static table has; the index of the newest dynamic entry is one more. */
export const staticLength = 61;

/** By index; what stands at 0 is nothing's. */
export const staticNames: readonly string[] = ["", ...entries.filter((_, i) => i % 2 === 0)];
export const staticValues: readonly string[] = ["", ...entries.filter((_, i) => i % 2 === 1)];

/** By name: its first index, and the index of each value. Most names have one value, the empty one. */
export const staticFields: ReadonlyMap<string, { readonly index: number; readonly values: Map<string, number> }> =
  indexFields();

function indexFields(): Map<string, { index: number; values: Map<string, number> }> {
  const fields = new Map<string, { index: number; values: Map<string, number> }>();
  for (let index = 1; index <= staticLength; index++) {
    const name = staticNames[index] as string;
    const value = staticValues[index] as string;
    const field = fields.get(name) ?? { index, values: new Map<string, number>() };
    fields.set(name, field);
    field.values.set(value, index);
  }
  return fields;
}
