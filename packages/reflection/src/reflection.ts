import {
  createFileRegistry,
  type DescFile,
  type DescService,
  type FileRegistry,
  fromBinary,
  isMessage,
} from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceHandler } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { answer } from "./answer.js";
import { createServerReflectionHandler } from "./gen/grpc/reflection/v1/reflection_connect.js";
import { createServerReflectionHandler as createAlphaHandler } from "./gen/grpc/reflection/v1alpha/reflection_connect.js";
import { SchemaIndex } from "./schema-index.js";

/** What reflection tells, if not of what is mounted. */
export interface ReflectionOptions {
  /**
   * The services to tell of, where not all of them are mounted in one list. The option is read for each call:
   * `createReflection(gateway)` tells of what a gateway serves now.
   *
   * @default all services of the server
   */
  readonly services?: readonly (ServiceHandler | DescService)[] | undefined;
  /**
   * A schema to tell of, in place of what is mounted: all its services. What `buf build -o schema.binpb` writes, as bytes or
   * decoded, or a registry.
   */
  readonly schema?: Uint8Array | FileDescriptorSet | FileRegistry | undefined;
  /** Further files, whose types and extensions clients find too: extensions of messages that no service's file imports. */
  readonly files?: Iterable<DescFile> | undefined;
  /** Services not to tell of: their full names, or a function that says whether to hide one. They answer calls all the same. */
  readonly hide?: readonly string[] | ((service: DescService) => boolean) | undefined;
}

/**
 * Makes the services of gRPC's server reflection, v1 and v1alpha, to mount beside others:
 * `serve({ handlers: [elizaHandler, ...createReflection()] })`. They tell of all that is mounted with them, of what its files
 * import, and of the options and extensions in there.
 *
 * Specification: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 *
 * @throws TypeError when both `services` and `schema` are given, or bytes that are no schema
 * @throws Error when the schema is incomplete
 */
export function createReflection(options: ReflectionOptions = {}): readonly ServiceHandler[] {
  // A gateway can stand here for its services, and has members of its own.
  if (!("services" in options) || Object.getPrototypeOf(options) === Object.prototype) {
    checkOptions("createReflection", options, {
      services: undefined,
      schema: undefined,
      files: undefined,
      hide: undefined,
    });
  }
  const { hide = [], schema } = options;
  const files = [...(options.files ?? [])];
  const hidden = typeof hide === "function" ? hide : ({ typeName }: DescService) => hide.includes(typeName);
  if (schema !== undefined && options.services !== undefined) {
    throw new TypeError("createReflection takes services or a schema, and both were given");
  }
  const fixed = schema === undefined ? undefined : indexOfSchema(schema, files, hidden);
  /** The same for all calls as long as the list of services is. */
  const known = new WeakMap<object, Promise<SchemaIndex>>();
  const indexOf = async (context: HandlerContext): Promise<SchemaIndex> => {
    if (fixed !== undefined) return fixed;
    const { services = context.services } = options;
    let index = known.get(services);
    if (index === undefined) {
      index = describe(services).then((described) => new SchemaIndex(described, files, hidden));
      known.set(services, index);
      // A descriptor that could not be imported is asked for again by the next call.
      index.catch(() => known.delete(services));
    }
    return index;
  };
  return [
    createServerReflectionHandler({
      async *serverReflectionInfo(requests, context) {
        const index = await indexOf(context);
        const sent = new Set<DescFile>();
        for await (const request of requests) {
          const messageResponse = answer(index, request, sent);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    }),
    createAlphaHandler({
      async *serverReflectionInfo(requests, context) {
        const index = await indexOf(context);
        const sent = new Set<DescFile>();
        for await (const request of requests) {
          const messageResponse = answer(index, request, sent);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    }),
  ];
}

function indexOfSchema(
  schema: Uint8Array | FileDescriptorSet | FileRegistry,
  files: readonly DescFile[],
  hidden: (service: DescService) => boolean,
): SchemaIndex {
  const all = [...registryOf(schema).files];
  return new SchemaIndex(
    all.flatMap((file) => file.services),
    [...files, ...all],
    hidden,
  );
}

/**
 * The files of a schema: what `buf build -o schema.binpb` writes, as bytes or decoded. A registry is given back as it is.
 *
 * @throws TypeError for bytes that are no schema
 */
export function registryOf(schema: Uint8Array | FileDescriptorSet | FileRegistry): FileRegistry {
  const decoded = ArrayBuffer.isView(schema) ? setOf(schema) : schema;
  return isMessage(decoded, FileDescriptorSetSchema) ? createFileRegistry(decoded) : decoded;
}

function setOf(bytes: Uint8Array): FileDescriptorSet {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes);
  } catch (cause) {
    throw new TypeError("the schema must be what `buf build -o schema.binpb` writes, and it is not", { cause });
  }
}

function describe(services: readonly (ServiceHandler | DescService)[]): Promise<readonly DescService[]> {
  return Promise.all(services.map(async (one) => ("descriptor" in one ? one.descriptor() : one)));
}
