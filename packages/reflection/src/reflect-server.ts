import { create, createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError, codeFromNumber, type Interceptor, type Transport } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { createServerReflectionClient } from "./gen/grpc/reflection/v1/reflection_connect.js";
import type { ServerReflectionRequestInit } from "./gen/grpc/reflection/v1/reflection_init.js";
import type { ServerReflectionResponse } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { createServerReflectionClient as createAlphaClient } from "./gen/grpc/reflection/v1alpha/reflection_connect.js";
import type { ServerReflectionResponse as AlphaResponse } from "./gen/grpc/reflection/v1alpha/reflection_pb.js";
import { mendImports } from "./mend-imports.js";
import { wellKnownFiles } from "./well-known-files.js";

/** What to ask a server for, and how long. */
export interface ReflectServerOptions {
  /** Full names of the services to learn. @default all that the server lists */
  readonly services?: readonly string[] | undefined;
  /** The virtual host to ask for, for servers that serve several. @default "" */
  readonly host?: string | undefined;
  /** How long all of it may take, in milliseconds from 1 to 2147483647. @default 10000 */
  readonly timeoutMs?: number | undefined;
  /** Interceptors of the calls, such as one that adds credentials. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a server may take to end the stream when it was asked all, in milliseconds. */
const endMs = 1_000;
/** A schema of more files is no schema. */
const maxFiles = 10_000;

/** What both versions of the client have. */
interface Asking {
  send(request: Exclude<ServerReflectionRequestInit, { $typeName: string }>): Promise<void>;
  closeSend(): void;
  next(): Promise<IteratorResult<ServerReflectionResponse | AlphaResponse, undefined>>;
}

/**
 * Learns the schema of a server from its reflection service, v1 or else v1alpha. The registry that it makes has the services,
 * their messages, and the extensions and imports of their files: `createClient(registry.getService("acme.v1.Shop"), transport)`
 * calls them. The transport must speak HTTP/2, for reflection is a bidirectional stream.
 *
 * Specification: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 *
 * @throws ConnectError `unimplemented` when the server has no reflection; `not_found` when it does not describe a service that
 * it lists or is asked for, or a file that another one imports; `resource_exhausted` for more than 10,000 files; what the call
 * fails with
 */
export async function reflectServer(transport: Transport, options: ReflectServerOptions = {}): Promise<FileRegistry> {
  checkOptions("reflectServer", options, {
    services: undefined,
    host: undefined,
    timeoutMs: undefined,
    interceptors: undefined,
    signal: undefined,
  });
  const { timeoutMs = 10_000, signal, interceptors } = options;
  const end = performance.now() + timeoutMs;
  try {
    const client = createServerReflectionClient(transport, { interceptors });
    return await learn(client.serverReflectionInfo({ timeoutMs, signal }), options);
  } catch (error) {
    if (ConnectError.from(error).code !== "unimplemented") throw error;
  }
  const leftMs = Math.max(1, end - performance.now());
  const alpha = createAlphaClient(transport, { interceptors });
  return await learn(alpha.serverReflectionInfo({ timeoutMs: leftMs, signal }), options);
}

type InfoStream = ReturnType<
  ReturnType<typeof createServerReflectionClient | typeof createAlphaClient>["serverReflectionInfo"]
> & { send(request: object): Promise<void>; closeSend(): void; cancel(): void };

async function learn(stream: InfoStream, options: ReflectServerOptions): Promise<FileRegistry> {
  const responses = stream[Symbol.asyncIterator]();
  const server = new Learner(
    { send: (request) => stream.send(request), closeSend: () => stream.closeSend(), next: () => responses.next() },
    options.host ?? "",
  );
  try {
    for (const service of options.services ?? (await server.listServices())) await server.addSymbol(service);
    await server.addImports();
    stream.closeSend();
    mendImports(server.files);
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: server.inOrder() }));
    // The server ends the stream. To cancel it would be an error in the logs and traces of both sides, so only one that does not
    // end it is left so.
    const timer = setTimeout(() => stream.cancel(), endMs);
    const ended = () => {
      clearTimeout(timer);
      stream.cancel();
    };
    responses.next().then(ended, ended);
    return registry;
  } catch (error) {
    stream.cancel();
    throw error;
  }
}

/** One stream of questions and answers, and the files that came. */
class Learner {
  readonly stream: Asking;
  readonly host: string;
  readonly files: Map<string, FileDescriptorProto> = new Map();

  constructor(stream: Asking, host: string) {
    this.stream = stream;
    this.host = host;
  }

  async listServices(): Promise<string[]> {
    const { messageResponse } = await this.ask({ case: "listServices", value: "*" });
    if (messageResponse.case !== "listServicesResponse") throw unexpected("list_services", messageResponse.case);
    return messageResponse.value.service.map(({ name }) => name);
  }

  async addSymbol(symbol: string): Promise<void> {
    if (this.declares(symbol)) return;
    await this.addFiles({ case: "fileContainingSymbol", value: symbol });
  }

  /** A service that came with the file of another one is not asked for again. */
  declares(symbol: string): boolean {
    return this.all().some(({ package: scope, service }) =>
      service.some(({ name }) => (scope === "" ? name : `${scope}.${name}`) === symbol),
    );
  }

  all(): FileDescriptorProto[] {
    return [...this.files.values()];
  }

  /** Asks for what the files import and has not come; who does not know a file of protobuf's own gets ours. */
  async addImports(): Promise<void> {
    for (const { dependency } of this.files.values()) {
      for (const name of dependency) {
        if (this.files.has(name)) continue;
        try {
          await this.addFiles({ case: "fileByFilename", value: name });
        } catch (error) {
          const own = wellKnownFiles.find(({ proto }) => proto.name === name);
          if (own === undefined || ConnectError.from(error).code !== "not_found") throw error;
          this.files.set(name, own.proto);
        }
      }
    }
  }

  async addFiles(messageRequest: NonNullable<Question>): Promise<void> {
    const { messageResponse } = await this.ask(messageRequest);
    if (messageResponse.case !== "fileDescriptorResponse") throw unexpected(messageRequest.case, messageResponse.case);
    for (const bytes of messageResponse.value.fileDescriptorProto) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      file.messageType.forEach(restoreJsonNames);
      // Iterations over the map come to what is added.
      if (!this.files.has(file.name)) this.files.set(file.name, file);
      if (this.files.size > maxFiles) {
        throw new ConnectError("resource_exhausted", `the server's schema has more than ${maxFiles} files`);
      }
    }
    if (messageRequest.case === "fileByFilename" && !this.files.has(messageRequest.value)) {
      throw new ConnectError(
        "not_found",
        `the server does not have the file ${messageRequest.value} that another imports`,
      );
    }
  }

  async ask(messageRequest: NonNullable<Question>): Promise<ServerReflectionResponse | AlphaResponse> {
    // What the send fails with, the response tells better.
    this.stream.send({ host: this.host, messageRequest }).catch(() => {});
    const { done, value } = await this.stream.next();
    if (done === true) throw new ConnectError("unavailable", "the reflection stream ended before the answer");
    const { messageResponse } = value;
    if (messageResponse.case === "errorResponse") {
      const { errorCode, errorMessage } = messageResponse.value;
      const code: Code = codeFromNumber(errorCode) ?? "unknown";
      throw new ConnectError(code, `reflection of ${String(messageRequest.value)} failed: ${errorMessage}`);
    }
    return value;
  }

  /** The files, each after those that it imports, as a registry takes them. */
  inOrder(): FileDescriptorProto[] {
    const ordered = new Set<FileDescriptorProto>();
    const begun = new Set<string>();
    const visit = (name: string): void => {
      const file = this.files.get(name);
      if (file === undefined || begun.has(name)) return;
      begun.add(name);
      for (const dependency of file.dependency) visit(dependency);
      ordered.add(file);
    };
    for (const name of this.files.keys()) visit(name);
    return [...ordered];
  }
}

type Question = Exclude<ServerReflectionRequestInit, { $typeName: string }>["messageRequest"] & {
  readonly case: "listServices" | "fileContainingSymbol" | "fileByFilename";
};

/** Generated code of Python and others leaves out the names that JSON has for fields; a registry takes what is there. */
function restoreJsonNames(message: DescriptorProto): void {
  for (const field of message.field) if (field.jsonName === "") field.jsonName = protoCamelCase(field.name);
  message.nestedType.forEach(restoreJsonNames);
}

function unexpected(asked: string, got: string | undefined): ConnectError {
  return new ConnectError("internal", `the server answered ${asked} with ${got ?? "nothing"}`);
}
