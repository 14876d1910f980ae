import {
  clone,
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** What clients can ask for: files by their names, by what they declare, by the extensions in them. */
export class SchemaIndex {
  /** Names of the services that are told of. */
  readonly services: readonly string[];
  readonly files: Map<string, DescFile> = new Map();
  readonly symbols: Map<string, DescFile> = new Map();
  /** By the extended message, then by number. */
  readonly extensions: Map<string, Map<number, DescFile>> = new Map();
  readonly hidden: (service: DescService) => boolean;
  readonly encoded: Map<DescFile, Uint8Array> = new Map();

  /**
   * @param services those to tell of
   * @param files further files, whose types and extensions are found too
   */
  constructor(services: readonly DescService[], files: Iterable<DescFile>, hidden: (service: DescService) => boolean) {
    this.hidden = hidden;
    const shown = services.filter((service) => !hidden(service));
    this.services = [...new Set(shown.map(({ typeName }) => typeName))].sort();
    for (const file of [...shown.map((service) => service.file), ...files]) this.addFile(file);
  }

  /** The bytes of a file and of all that it imports, the file first; `sent` are left out, but for the file itself. */
  withImports(file: DescFile, sent: Set<DescFile>): Uint8Array[] {
    const found: DescFile[] = [file];
    sent.add(file);
    for (const { dependencies } of found) {
      for (const dependency of dependencies) {
        if (sent.has(dependency)) continue;
        sent.add(dependency);
        found.push(dependency);
      }
    }
    return found.map((one) => this.bytesOf(one));
  }

  bytesOf(file: DescFile): Uint8Array {
    let bytes = this.encoded.get(file);
    if (bytes === undefined) {
      bytes = toBinary(FileDescriptorProtoSchema, this.withoutHidden(file));
      this.encoded.set(file, bytes);
    }
    return bytes;
  }

  withoutHidden(file: DescFile): DescFile["proto"] {
    if (!file.services.some((service) => this.hidden(service))) return file.proto;
    const proto = clone(FileDescriptorProtoSchema, file.proto);
    proto.service = file.services.filter((service) => !this.hidden(service)).map((service) => service.proto);
    return proto;
  }

  addFile(file: DescFile): void {
    if (this.files.has(file.proto.name)) return;
    this.files.set(file.proto.name, file);
    for (const service of file.services) {
      if (this.hidden(service)) continue;
      this.symbols.set(service.typeName, file);
      for (const method of service.methods) this.symbols.set(`${service.typeName}.${method.name}`, file);
    }
    this.addTypes(file, file.messages, file.enums, file.extensions);
    for (const dependency of file.dependencies) this.addFile(dependency);
  }

  addTypes(
    file: DescFile,
    messages: readonly DescMessage[],
    enums: readonly DescEnum[],
    extensions: readonly DescExtension[],
  ): void {
    for (const message of messages) {
      this.symbols.set(message.typeName, file);
      for (const { name } of [...message.fields, ...message.oneofs])
        this.symbols.set(`${message.typeName}.${name}`, file);
      this.addTypes(file, message.nestedMessages, message.nestedEnums, message.nestedExtensions);
    }
    for (const one of enums) {
      this.symbols.set(one.typeName, file);
      // The values of an enum stand beside it, not in it.
      const scope = one.typeName.slice(0, one.typeName.lastIndexOf(".") + 1);
      for (const { name } of one.values) this.symbols.set(scope + name, file);
    }
    for (const extension of extensions) {
      this.symbols.set(extension.typeName, file);
      const extendee = extension.extendee.typeName;
      const numbers = this.extensions.get(extendee) ?? new Map<number, DescFile>();
      this.extensions.set(extendee, numbers.set(extension.number, file));
    }
  }
}
