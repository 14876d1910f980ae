// Where Next finds its options.
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

export default {
  // The packages of this repository lie beside its folder.
  turbopack: { root: fileURLToPath(new URL("../..", import.meta.url)) },
  distDir: ".cache/next",
  // The types are checked with the rest of the repository's.
  typescript: { ignoreBuildErrors: true },
} satisfies NextConfig;
