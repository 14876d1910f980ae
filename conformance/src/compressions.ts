import { type Compression as Algorithm, snappy } from "@connect-ts/runtime";
import { brotli, deflate, gzip, hasZstd, zstd } from "@connect-ts/runtime/node";
import { Compression } from "#gen/connectrpc/conformance/v1/config_pb.js";

/** What a compression of the configuration is here; `undefined` for identity. */
export function compressionOf(compression: Compression): Algorithm | undefined {
  switch (compression) {
    case Compression.GZIP:
      return gzip();
    case Compression.BR:
      return brotli();
    case Compression.ZSTD:
      return zstd();
    case Compression.DEFLATE:
      return deflate();
    case Compression.SNAPPY:
      return snappy();
    default:
      return undefined;
  }
}

/** All that this version of Node has. */
export const compressions: readonly Algorithm[] = [gzip(), brotli(), ...(hasZstd ? [zstd()] : []), deflate(), snappy()];
