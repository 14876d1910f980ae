// A file of its own: the client's and the server's program use it.
import { type Compression as Algorithm, snappy } from "@connect-ts/runtime";
import { Compression } from "#gen/connectrpc/conformance/v1/config_pb.js";
import { algorithms } from "#platform";

/** All that this platform has. */
export const compressions: readonly Algorithm[] = [...algorithms, snappy()];

const names: ReadonlyMap<Compression, string> = new Map([
  [Compression.GZIP, "gzip"],
  [Compression.BR, "br"],
  [Compression.ZSTD, "zstd"],
  [Compression.DEFLATE, "deflate"],
  [Compression.SNAPPY, "snappy"],
]);

/** What a compression of the configuration is here; `undefined` for identity. */
export function compressionOf(compression: Compression): Algorithm | undefined {
  const name = names.get(compression);
  if (name === undefined) return undefined;
  const found = compressions.find((algorithm) => algorithm.name === name);
  if (found === undefined) throw new Error(`this platform has no ${name}`);
  return found;
}
