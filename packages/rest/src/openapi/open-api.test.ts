import { readFile } from "node:fs/promises";
import type { JsonObject } from "@bufbuild/protobuf";
import { createHandler } from "@connect-ts/runtime/dynamic";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { LibraryService } from "../testing/gen/google/example/library/v1/library_pb.js";
import { Messaging } from "../testing/gen/messaging/v1/messaging_pb.js";
import { commented, ruled } from "../testing/ruled.js";
import { openApi, openApiRoute } from "./open-api.js";

type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: JsonObject } };
  readonly components: { readonly schemas: { readonly [name: string]: JsonObject } };
  readonly tags: readonly JsonObject[];
};

/** An operation of a document. */
function operation(paths: Document["paths"], path: string, method = "get"): JsonObject {
  const found = paths[path]?.[method];
  if (found === undefined) throw new Error(`there is no ${method} ${path}`);
  return found;
}

const document = async (...given: Parameters<typeof openApi>) => (await openApi(...given)) as unknown as Document;

describe("the document of services", () => {
  it("passes a validator of OpenAPI 3.1", async () => {
    for (const made of [
      await openApi([LibraryService, Messaging, ruled()]),
      await openApi(LibraryService, { connect: false, servers: ["https://api.example.com"], description: "books" }),
      await openApi(Messaging, { rest: false }),
      await openApi([]),
    ]) {
      const { valid, errors } = await new Validator().validate(structuredClone(made));
      expect([valid, errors]).toEqual([true, undefined]);
      expect(made["openapi"]).toBe("3.1.0");
    }
  });

  it("has the paths of REST, with names for what varies", async () => {
    const { paths } = await document(LibraryService, { connect: false });
    expect(Object.keys(paths)).toEqual([
      "/v1/shelves",
      "/v1/shelves/{name}",
      "/v1/shelves/{name}:merge",
      "/v1/shelves/{parent}/books",
      "/v1/shelves/{name_1}/books/{name_2}",
      "/v1/shelves/{name_1}/books/{name_2}:move",
    ]);
    expect(Object.keys(paths["/v1/shelves/{name_1}/books/{name_2}"] ?? {})).toEqual(["get", "delete", "patch"]);
    const tree = (await document(Messaging, { connect: false })).paths;
    expect(Object.keys(tree)).toContain("/v3/folders/{name}/{sub.subfield}");
    expect(Object.keys(tree)).toContain("/v3/caf%C3%A9/{user_id}");
  });

  it("tells what is in the path, the query and the body", async () => {
    const { paths } = await document(LibraryService, { connect: false });
    const update = paths["/v1/shelves/{name_1}/books/{name_2}"]?.["patch"];
    expect(update).toMatchObject({
      operationId: "google.example.library.v1.LibraryService.UpdateBook",
      parameters: [
        { name: "name_1", in: "path", required: true },
        { name: "name_2", in: "path", required: true },
        { name: "updateMask", in: "query", schema: { type: "string" } },
      ],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/google.example.library.v1.Book" } } },
      },
    });
    const move = paths["/v1/shelves/{name_1}/books/{name_2}:move"]?.["post"];
    expect(move).toMatchObject({
      requestBody: {
        content: { "application/json": { schema: { properties: { otherShelfName: { type: "string" } } } } },
      },
    });
    expect(JSON.stringify(move?.["requestBody"])).not.toContain('"name"');
  });

  it("has nested parameters, and none for maps and lists of messages", async () => {
    const { paths } = await document(Messaging, { connect: false });
    const { parameters } = operation(paths, "/v1/messages/{name}") as unknown as {
      parameters: readonly { readonly name: string; readonly schema: JsonObject }[];
    };
    const names = parameters.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["sub.subfield", "sub.deeper.subfield", "tags", "since", "limit"]));
    expect(names).not.toContain("labels");
    expect(names).not.toContain("subs");
    expect(parameters.find(({ name }) => name === "tags")?.schema).toEqual({
      type: "array",
      items: { type: "string" },
    });
  });

  it("has streams as lines and events, and files as bytes", async () => {
    const { paths } = await document(Messaging, { connect: false });
    const content = (path: string, method = "get"): string[] => {
      const { responses } = operation(paths, path, method) as unknown as {
        responses: { readonly "200": { readonly content: object } };
      };
      return Object.keys(responses["200"].content);
    };
    expect(content("/v2/watch/{name}")).toEqual(["application/x-ndjson", "text/event-stream"]);
    expect(content("/v2/files/{name}")).toEqual(["*/*"]);
    expect(paths["/v2/files/{name}"]?.["post"]).toMatchObject({ requestBody: { content: { "*/*": {} } } });
  });

  it("has the unary RPCs at Connect's paths, by GET too where they have no side effects", async () => {
    const { paths } = await document(ruled(), { rest: false });
    expect(Object.keys(paths)).toEqual(["/ruled.v1.Ruled/Get"]);
    expect(Object.keys(paths["/ruled.v1.Ruled/Get"] ?? {})).toEqual(["get", "post"]);
  });

  it("has the comments of the schema, what is deprecated and what is required", async () => {
    const { components, paths, tags } = await document(commented(), { version: "2", title: "Ruled" });
    expect(tags).toEqual([{ name: "ruled.v1.Ruled", description: "Ruled has rules." }]);
    expect(paths["/ruled.v1.Ruled/Get"]?.["post"]).toMatchObject({ description: "Get gets.", deprecated: true });
    expect(components.schemas["ruled.v1.Item"]).toMatchObject({
      description: "Item is a thing.",
      required: ["name"],
      properties: { name: { description: "The name.\nIt is short." } },
    });
  });

  it("has the rules of protovalidate", async () => {
    const { properties } = (await document(ruled())).components.schemas["ruled.v1.Item"] as { properties: JsonObject };
    expect(properties).toMatchObject({
      name: { type: "string", minLength: 2, maxLength: 10, pattern: "^[a-z]+$" },
      mail: { type: "string", format: "email" },
      count: { type: "integer", exclusiveMinimum: 0, maximum: 100 },
      tags: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", minLength: 3 } },
      size: { enum: ["small", "large"] },
      big: { type: "string", format: "int64" },
      self: { $ref: "#/components/schemas/ruled.v1.Item" },
    });
    expect(JSON.stringify(properties["big"])).not.toContain("inimum");
  });

  it("has the forms of well-known types in JSON", async () => {
    const { schemas } = (await document(Messaging)).components;
    expect(schemas["messaging.v1.GetRequest"]?.["properties"]).toMatchObject({
      since: { type: "string", format: "date-time" },
      mask: { type: "string" },
      limit: { type: ["string", "null"], format: "int64" },
      token: { type: "string", contentEncoding: "base64" },
      labels: { type: "object", additionalProperties: { type: "string" } },
      color: { $ref: "#/components/schemas/messaging.v1.Color" },
      size: { type: "integer", minimum: 0 },
    });
    expect(schemas["messaging.v1.Color"]?.["enum"]).toEqual(["COLOR_UNSPECIFIED", "COLOR_RED", "COLOR_BLUE"]);
  });
});

describe("openApiRoute", () => {
  it("answers with the document", async () => {
    const library = createHandler(LibraryService, {});
    const handler = fetchHandler([library, await openApiRoute(library, { title: "Books" })]);
    const response = await handler(new Request("http://test.example/openapi.json"));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ openapi: "3.1.0", info: { title: "Books", version: "1.0.0" } });
  });
});

it("the package names the command", async () => {
  const { bin } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  expect(bin).toEqual({ "connect-ts-openapi": "./dist/cjs/openapi/main.js" });
});
