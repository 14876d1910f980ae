// For bundles: protobuf-es is loaded when it is first called, which a program with generated codecs never does.
// docs/decisions/0047-descriptors-when-asked.md
import { createRequire } from "node:module";

const modules = ["@bufbuild/protobuf", "@bufbuild/protobuf/reflect", "@bufbuild/protobuf/wkt"];
/** Doors of programs that have protobuf-es anyway: of generated code without codecs, and of descriptors at run time. */
const doorsOfDescriptors = /\/src\/(?:codegen\/schema|dynamic)\/index\.ts$/;

const loader = "\0protobuf-es";
const whenUsed = "\0when-used:";
const atOnce = "\0at-once:";

/** A plugin of Rolldown. @param format - "esm" or "cjs" */
export function protobufWhenUsed(format) {
  return {
    name: "protobuf-when-used",
    resolveId(id, importer) {
      if (id === loader) return id;
      if (id.startsWith(atOnce)) return { id: id.slice(atOnce.length), external: true };
      if (!modules.includes(id)) return undefined;
      return importer === loader ? { id, external: true } : whenUsed + id;
    },
    load(id) {
      if (id === loader) return loaderOf(format);
      return id.startsWith(whenUsed) ? wrappersOf(id.slice(whenUsed.length)) : undefined;
    },
    transform(code, id) {
      // `require` loads the CommonJS of protobuf-es: a second copy in a program of ES modules, so these hand theirs over.
      if (format === "esm" && doorsOfDescriptors.test(id.replaceAll("\\", "/")))
        return { code: code + handOver(), map: null };
      return undefined;
    },
  };
}

/** It cannot wait for an `import()`. The names stand in calls of `require`, where tools that gather a program's files find them. */
function loaderOf(format) {
  return `
    ${format === "esm" ? `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` : ""}
    const load = { ${modules.map((name) => `"${name}": () => require("${name}")`)} };
    const loaded = {};
    export const protobuf = (name) => (loaded[name] ??= load[name]());
    export const handOver = (modules) => Object.assign(loaded, modules);
  `;
}

function handOver() {
  const names = modules.map((_, index) => `protobuf${index}`);
  return `
    import { handOver } from "${loader}";
    ${names.map((name, index) => `import * as ${name} from "${atOnce}${modules[index]}";`).join("\n")}
    handOver({ ${names.map((name, index) => `"${modules[index]}": ${name}`)} });
  `;
}

/** What a module of protobuf-es exports, to be taken out of it when it is used. */
function wrappersOf(name) {
  const exported = Object.entries(createRequire(`${process.cwd()}/package.json`)(name));
  const wrappers = exported.map(
    ([key, value]) => `export const ${key} = ${wrapperOf(`protobuf("${name}").${key}`, value)};`,
  );
  return [`import { protobuf } from "${loader}";`, ...wrappers].join("\n");
}

function wrapperOf(expression, value) {
  if (typeof value === "function") return `(...args) => ${expression}(...args)`;
  const isEnum = Object.values(value).every((member) => /^(?:string|number)$/.test(typeof member));
  return isEnum ? JSON.stringify(value) : `/* @__PURE__ */ new Proxy({}, { get: (_, key) => ${expression}[key] })`;
}
