// A file of its own: the printers of clients, handlers and specs name it.
import type { DescService } from "@bufbuild/protobuf";
import type { Printable } from "@bufbuild/protoplugin";
import type { Imports } from "./imports.js";
import type { ServiceNames } from "./names.js";
import type { Codecs } from "./options.js";
import type { Printer } from "./printer.js";

/** What the code of one service is printed with. */
export interface ServiceScope {
  readonly printer: Printer;
  readonly service: DescService;
  readonly names: ServiceNames;
  readonly imports: Imports;
  /** The constant with the options of the file, where it has any. */
  readonly fileOptions: Printable | undefined;
  /** The codecs that specs refer to; without any, to protobuf-es's descriptors. */
  readonly codecs: Codecs;
  /** Whether the client has interceptors. */
  readonly interceptors: boolean;
  /** How to write the global type, in a file where a message can have its name. */
  readonly asyncIterable: string;
}
