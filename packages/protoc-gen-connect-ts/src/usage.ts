// A file of its own: a text, apart from the program that prints it.
import { knownOptions } from "./options.js";
import { version } from "./version.js";

/** What `--help` prints. */
export const usage: string = `protoc-gen-connect-ts v${version}: typed clients and handlers for Connect, gRPC and gRPC-Web

  buf generate                             runs it, as a plugin in buf.gen.yaml, beside protoc-gen-es:
                                             - local: protoc-gen-connect-ts
                                               out: src/gen
                                               opt: [target=ts, import_extension=js]
  protoc --connect-ts_out src/gen          runs it too; --connect-ts_opt takes the options
  protoc-gen-connect-ts --check [input]    says which generated files are stale: 1 if any, 2 if buf generate fails
  protoc-gen-connect-ts --version          prints the version

Options: ${knownOptions.join(", ")}
`;
