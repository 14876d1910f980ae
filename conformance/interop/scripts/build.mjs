// Makes runnable programs of src/ and proto/. All that is made stands in .cache.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildPackages, mustRun } from "../../scripts/lib.mjs";

export const packageDir = fileURLToPath(new URL("..", import.meta.url));

/** Where the program of an entry point of src/ is. */
export const program = (name) => join(packageDir, ".cache", "bin", `${name}.mjs`);

export async function buildPrograms() {
  const bin = (name) => join(packageDir, "node_modules", ".bin", name);
  buildPackages();
  mustRun(bin("buf"), ["generate", "proto"], { cwd: packageDir });
  // What programs that know no generated code read the schema from.
  mustRun(bin("buf"), ["build", "proto", "--as-file-descriptor-set", "-o", ".cache/schema.binpb"], { cwd: packageDir });
  mustRun(bin("tsc"), ["-p", "tsconfig.json"], { cwd: packageDir });
  await build({
    absWorkingDir: packageDir,
    entryPoints: {
      client: "src/client/main.ts",
      server: "src/server/main.ts",
      "http2-server": "src/http2/main.ts",
      "caching-proxy": "src/cache/main.ts",
      certificates: "src/certificates.ts",
      "grpc-js-client": "src/grpc-js/client.ts",
      "grpc-js-server": "src/grpc-js/server.ts",
    },
    outdir: ".cache/bin",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // It is CommonJS that asks for Node's modules, which does not go into an ES module.
    external: ["@grpc/grpc-js"],
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  });
}
