import { createEcmaScriptPlugin, type Plugin, type Schema } from "@bufbuild/protoplugin";
import { printCodecFile } from "./codec/codec-file.js";
import { printConnectFile } from "./connect-file.js";
import { createImports } from "./imports.js";
import { printInitFile } from "./init-file.js";
import { checkNames } from "./name-check.js";
import { createOptionReader } from "./option-reader.js";
import { checkParameter, explainOptionError, hasCodecs, type Options, parseOptions } from "./options.js";
import { createPrinter, type Target } from "./printer.js";
import { version } from "./version.js";

const generator = createEcmaScriptPlugin({
  name: "protoc-gen-connect-ts",
  version: `v${version}`,
  parseOptions,
  generateTs: (schema) => generate(schema, "ts"),
  generateJs: (schema) => generate(schema, "js"),
  generateDts: (schema) => generate(schema, "dts"),
});

/** The plugin: takes a code generator request and answers with the generated files. */
export const protocGenConnectTs: Plugin = {
  name: generator.name,
  version: generator.version,
  run(request) {
    checkParameter(request.parameter);
    try {
      return generator.run(request);
    } catch (error) {
      throw explainOptionError(error);
    }
  },
};

// A file that nothing was printed to is left out, unless keep_empty_files asks for it.
function generate(schema: Schema<Options>, target: Target): void {
  checkNames(schema);
  const { codecs } = schema.options;
  const imports = createImports(schema);
  const readOptions = createOptionReader(schema);
  for (const file of schema.files) {
    const init = createPrinter(schema, file, "init", target);
    printInitFile(init, schema.typesInFile(file), imports);
    init.finish();
    if (hasCodecs(codecs)) {
      const codec = createPrinter(schema, file, "codec", target);
      printCodecFile(codec, file, imports, schema.typesInFile(file), codecs);
      codec.finish();
    }
    const connect = createPrinter(schema, file, "connect", target);
    printConnectFile(connect, file, imports, readOptions, schema.options);
    connect.finish();
  }
}
