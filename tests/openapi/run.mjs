// Makes the OpenAPI document of google/example/library by the command, a client's types of it by openapi-typescript, compiles the
// client as strictly as it goes, and calls our server by it.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { rest } from "@connect-ts/rest";
import { ConnectError } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";
import { serve } from "@connect-ts/runtime/node";

const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(here, ".cache");
const packageDir = join(here, "../../packages/rest");
const name = "google.example.library.v1.LibraryService";
const run = (file, args, cwd = here) => execFileSync(file, args, { cwd, stdio: "inherit" });
const bin = (name) => join(here, "node_modules/.bin", name);

rmSync(cache, { recursive: true, force: true });
mkdirSync(cache);
run(bin("buf"), ["build", "--as-file-descriptor-set", "-o", join(cache, "schema.binpb")], packageDir);
const command = join(packageDir, "dist/cjs/openapi/main.js");
run(process.execPath, [command, join(cache, "schema.binpb"), "--service", name, "-o", join(cache, "openapi.json")]);
const document = JSON.parse(readFileSync(join(cache, "openapi.json"), "utf8"));
assert.match(document.components.schemas["google.example.library.v1.Book"].description, /A single book in the library/);
run(bin("openapi-typescript"), [join(cache, "openapi.json"), "-o", join(cache, "schema.d.ts")]);
run(bin("tsc"), ["-p", here]);

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(join(cache, "schema.binpb"))));
const shelf = { name: "shelves/1", theme: "Poetry" };
const library = createHandler(registry.getService(name), {
  createShelf: ({ shelf: { theme } }) => ({ ...shelf, theme }),
  getShelf: () => shelf,
  listShelves: () => ({ shelves: [shelf] }),
  updateBook: ({ book }) => book,
  getBook: () => {
    throw new ConnectError("not_found", "no such book");
  },
});
const server = await serve({ handlers: [library, await rest(library)], host: "127.0.0.1" });
try {
  // Not execFileSync: this process is the server.
  const { stdout } = await promisify(execFile)(process.execPath, [join(cache, "client.js"), server.url]);
  process.stdout.write(stdout);
} finally {
  await server.close();
}
