import type { DescMethod, DescService, JsonObject, JsonValue, Registry } from "@bufbuild/protobuf";
import type { ServiceHandler } from "@connect-ts/runtime";
import { checkOptions, createRoute, type Route } from "@connect-ts/runtime/transport";
import { type Binding, bindingsOf } from "../binding.js";
import { overridesOf, type RestOptions } from "../rest.js";
import { connectPath, errorName, errorSchema } from "./connect-operation.js";
import { documentPath } from "./paths.js";
import { restOperation, statusName, statusSchema } from "./rest-operation.js";
import { described, Schemas } from "./schemas.js";

export interface OpenApiOptions extends Pick<RestOptions, "http"> {
  /** The document's title. @default the names of the services */
  readonly title?: string | undefined;
  /** The version of what is described. @default "1.0.0" */
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Where the services are: `"https://api.example.com"`. @default the address of the document */
  readonly servers?: readonly string[] | undefined;
  /** Whether the unary RPCs at Connect's paths are in it. @default true */
  readonly connect?: boolean | undefined;
  /** Whether the paths of `google.api.http` are in it. @default true */
  readonly rest?: boolean | undefined;
  /** Descriptors with comments, such as those of `buf build`: generated code has none. @default those of the services */
  readonly registry?: Registry | undefined;
}

/**
 * The OpenAPI 3.1 document of services: of the unary RPCs at the paths of Connect, with JSON, and of the paths that `rest()` serves. It has
 * the comments of the schema, what is deprecated, and the rules of protovalidate and of `google.api.field_behavior`.
 *
 * @throws TypeError for a rule of `google.api.http` that cannot be served
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export async function openApi(
  services: ServiceHandler | DescService | readonly (ServiceHandler | DescService)[],
  options: OpenApiOptions = {},
): Promise<JsonObject> {
  checkOptions("openApi", options, {
    http: undefined,
    title: undefined,
    version: undefined,
    description: undefined,
    servers: undefined,
    connect: undefined,
    rest: undefined,
    registry: undefined,
  });
  const given = (Array.isArray(services) ? services : [services]) as readonly (ServiceHandler | DescService)[];
  const list = await Promise.all(
    given.map(
      async (one) => options.registry?.getService(one.typeName) ?? ("descriptor" in one ? one.descriptor() : one),
    ),
  );
  const { title = list.map(({ name }) => name).join(", ") || "API", version = "1.0.0", description, servers } = options;
  const schemas = new Schemas();
  const paths = new Paths();
  const methods = list.flatMap((service) => service.methods);
  if (options.rest !== false && addRest(methods, options, paths, schemas)) schemas.all.set(statusName, statusSchema);
  if (options.connect !== false) {
    const unary = methods.filter(({ methodKind }) => methodKind === "unary");
    for (const method of unary) {
      paths.add(`/${method.parent.typeName}/${method.name}`, connectPath(method, schemas));
    }
    if (unary.length > 0) schemas.all.set(errorName, errorSchema);
  }
  return {
    openapi: "3.1.0",
    info: { title, version, ...(description === undefined ? {} : { description }) },
    ...(servers === undefined ? {} : { servers: servers.map((url) => ({ url })) }),
    tags: list.map((service) => ({ name: service.typeName, ...withoutDeprecated(described(service)) })),
    paths: Object.fromEntries(paths.all),
    components: { schemas: Object.fromEntries([...schemas.all].sort(([a], [b]) => (a < b ? -1 : 1))) },
  };
}

/**
 * A route that answers with the document of services. It is made once.
 *
 * @param path - default `"/openapi.json"`
 */
export async function openApiRoute(
  services: Parameters<typeof openApi>[0],
  options: OpenApiOptions = {},
  path = "/openapi.json",
): Promise<Route> {
  const body = JSON.stringify(await openApi(services, options));
  return createRoute("GET", path, () => ({ headers: { "content-type": "application/json" }, body }));
}

/** The methods that a document can have. */
const known: ReadonlySet<string> = new Set(["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]);

/** Whether there was any. */
function addRest(methods: readonly DescMethod[], options: OpenApiOptions, paths: Paths, schemas: Schemas): boolean {
  const overrides = overridesOf(options);
  let isAny = false;
  for (const method of methods) {
    const bindings: readonly Binding[] = bindingsOf(method, overrides);
    bindings.forEach((binding, index) => {
      if (!known.has(binding.httpMethod)) return;
      const id = `${method.parent.typeName}.${method.name}${index === 0 ? "" : `_${index + 1}`}`;
      const path = paths.named(documentPath(binding));
      paths.add(path.text, { [binding.httpMethod.toLowerCase()]: restOperation(binding, path, id, schemas) });
      isAny = true;
    });
  }
  return isAny;
}

/** Paths that differ only in the names of their parameters are one path. */
class Paths {
  readonly all: Map<string, { [name: string]: JsonValue }> = new Map();
  readonly shapes: Map<string, ReturnType<typeof documentPath>> = new Map();

  /** A path with the names that another one of its shape has already. */
  named(path: ReturnType<typeof documentPath>): ReturnType<typeof documentPath> {
    const shape = path.text.replace(/\{[^}]*\}/g, "{}");
    const first = this.shapes.get(shape);
    if (first === undefined) {
      this.shapes.set(shape, path);
      return path;
    }
    return {
      text: first.text,
      parameters: path.parameters.map((one, index) => ({ ...one, name: first.parameters[index]?.name ?? one.name })),
    };
  }

  add(path: string, item: JsonObject): void {
    this.all.set(path, { ...this.all.get(path), ...item });
  }
}

function withoutDeprecated({ deprecated: _, ...rest }: JsonObject): JsonObject {
  return rest;
}
