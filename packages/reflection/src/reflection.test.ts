import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type ServiceHandler, type Transport } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { describe, expect, it } from "@jest/globals";
import { createServerReflectionClient } from "./gen/grpc/reflection/v1/reflection_connect.js";
import type { ServerReflectionRequestInit } from "./gen/grpc/reflection/v1/reflection_init.js";
import type { ServerReflectionResponse } from "./gen/grpc/reflection/v1/reflection_pb.js";
import { createServerReflectionClient as createAlphaClient } from "./gen/grpc/reflection/v1alpha/reflection_connect.js";
import type { ServerReflectionRequestInit as AlphaRequestInit } from "./gen/grpc/reflection/v1alpha/reflection_init.js";
import type { ServerReflectionResponse as AlphaResponse } from "./gen/grpc/reflection/v1alpha/reflection_pb.js";
import { createReflection } from "./reflection.js";
import { admin, fileOf, registry, schema, shop } from "./testing/schema.js";

type Requests = Extract<Exclude<ServerReflectionRequestInit, { $typeName: string }>, object>[];
type AlphaRequests = AlphaRequestInit[];
type Question = NonNullable<Exclude<ServerReflectionRequestInit, { $typeName: string }>["messageRequest"]>;

const self = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
const list: Question = { case: "listServices", value: "" };
const symbol = (value: string): Question => ({ case: "fileContainingSymbol", value });
const file = (value: string): Question => ({ case: "fileByFilename", value });

describe.each([
  {
    version: "v1",
    open: (transport: Transport, requests: Requests) =>
      createServerReflectionClient(transport).serverReflectionInfo(requests),
  },
  {
    version: "v1alpha",
    open: (transport: Transport, requests: Requests) =>
      createAlphaClient(transport).serverReflectionInfo(requests as AlphaRequests),
  },
])("reflection $version", ({ open }) => {
  /** The bytes of the file that declares a symbol. */
  async function bytesOf(handlers: readonly ServiceHandler[], name: string): Promise<Uint8Array> {
    const responses: AsyncIterable<Pick<ServerReflectionResponse | AlphaResponse, "messageResponse">> = open(
      createInProcessTransport(handlers),
      [{ messageRequest: symbol(name) }],
    );
    for await (const { messageResponse } of responses) {
      const [bytes] =
        messageResponse.case === "fileDescriptorResponse" ? messageResponse.value.fileDescriptorProto : [];
      if (bytes !== undefined) return bytes;
    }
    throw new Error("no file came");
  }

  /** What one stream is answered: names of services and files, numbers of extensions, or an error. */
  async function ask(handlers: readonly ServiceHandler[], ...questions: Question[]): Promise<unknown[]> {
    const requests = questions.map((messageRequest) => ({ host: "here", messageRequest }));
    const answers: unknown[] = [];
    const responses: AsyncIterable<ServerReflectionResponse | AlphaResponse> = open(
      createInProcessTransport(handlers),
      requests,
    );
    for await (const { messageResponse, validHost, originalRequest } of responses) {
      expect([validHost, originalRequest?.messageRequest.case]).toEqual(["here", questions[answers.length]?.case]);
      answers.push(short(messageResponse));
    }
    return answers;
  }

  const mounted = (options?: Parameters<typeof createReflection>[0]): ServiceHandler[] => [
    shop,
    admin,
    ...createReflection(options),
  ];

  it("lists what is mounted, and itself", async () => {
    expect(await ask(mounted(), list)).toEqual([["acme.v1.Admin", "acme.v1.Shop", ...self]]);
    expect(await ask([...createReflection()], list)).toEqual([self]);
  });

  it.each([
    ["a service", "acme.v1.Shop", "acme/v1/shop.proto"],
    ["an RPC", "acme.v1.Shop.Buy", "acme/v1/shop.proto"],
    ["a message", "acme.v1.Item", "acme/v1/shop.proto"],
    ["a nested message", "acme.v1.Item.Part", "acme/v1/shop.proto"],
    ["a field", "acme.v1.Item.name", "acme/v1/shop.proto"],
    ["a oneof", "acme.v1.Item.kind", "acme/v1/shop.proto"],
    ["a nested enum", "acme.v1.Item.Size", "acme/v1/shop.proto"],
    ["a value of a nested enum", "acme.v1.Item.SMALL", "acme/v1/shop.proto"],
    ["an extension", "acme.v1.outer", "acme/v1/shop.proto"],
    ["a nested extension", "acme.v1.Item.inner", "acme/v1/shop.proto"],
    ["an enum of a file that is imported", "acme.v1.Color", "acme/v1/base.proto"],
    ["a value of an enum", "acme.v1.RED", "acme/v1/base.proto"],
    ["an option", "acme.v1.note", "acme/v1/options.proto"],
    ["a message of protobuf's own", "google.protobuf.FileOptions", "google/protobuf/descriptor.proto"],
  ])("finds %s", async (_, name, expected) => {
    const [answered] = await ask(mounted(), symbol(name));
    expect((answered as string[])[0]).toBe(expected);
  });

  it("sends with a file all that it imports, and what was sent not again, but for the file itself", async () => {
    const whole = [
      "acme/v1/shop.proto",
      "acme/v1/options.proto",
      "acme/v1/base.proto",
      "google/protobuf/descriptor.proto",
    ];
    expect(
      await ask(mounted(), symbol("acme.v1.Shop"), file("acme/v1/shop.proto"), file("acme/v1/base.proto")),
    ).toEqual([whole, ["acme/v1/shop.proto"], ["acme/v1/base.proto"]]);
  });

  it("sends files whole: options of RPCs too", async () => {
    const bytes = await bytesOf(mounted(), "acme.v1.Shop");
    expect(fromBinary(FileDescriptorProtoSchema, bytes)).toEqual(fileOf("acme/v1/shop.proto").proto);
  });

  it("finds extensions by number, and all numbers of a message", async () => {
    const extension = (containingType: string, extensionNumber: number): Question => ({
      case: "fileContainingExtension",
      value: { containingType, extensionNumber },
    });
    const all = (value: string): Question => ({ case: "allExtensionNumbersOfType", value });
    const answers = await ask(
      mounted(),
      extension("acme.v1.Base", 101),
      extension("google.protobuf.MethodOptions", 50001),
      all("acme.v1.Base"),
      all("acme.v1.Item"),
      extension("acme.v1.Base", 102),
      all("acme.v1.Nothing"),
    );
    expect((answers[0] as string[])[0]).toBe("acme/v1/shop.proto");
    expect(answers[1]).toEqual(["acme/v1/options.proto"]);
    expect(answers.slice(2)).toEqual([
      [100, 101],
      [],
      "5: extension 102 of acme.v1.Base is not known here",
      "5: acme.v1.Nothing is not known here",
    ]);
    const [found, numbers] = await ask(
      mounted({ files: [fileOf("acme/v1/late.proto")] }),
      extension("acme.v1.Base", 102),
      all("acme.v1.Base"),
    );
    expect((found as string[])[0]).toBe("acme/v1/late.proto");
    expect(numbers).toEqual([100, 101, 102]);
  });

  it("goes on after what it does not know", async () => {
    expect(await ask(mounted(), symbol("__proto__"), file("acme/v1/late.proto"), { case: undefined }, list)).toEqual([
      "5: __proto__ is not known here",
      "5: acme/v1/late.proto is not known here",
      "3: the request asks for nothing: set one field of message_request",
      ["acme.v1.Admin", "acme.v1.Shop", ...self],
    ]);
  });

  it.each([
    { by: "names", hide: ["acme.v1.Admin", ...self] },
    { by: "a function", hide: ({ typeName }: { typeName: string }) => !typeName.endsWith("Shop") },
  ])("hides services by $by: from the list, from symbols, and from their files", async ({ hide }) => {
    const handlers = mounted({ hide });
    expect(await ask(handlers, list, symbol("acme.v1.Admin"), symbol("acme.v1.Admin.Close"))).toEqual([
      ["acme.v1.Shop"],
      "5: acme.v1.Admin is not known here",
      "5: acme.v1.Admin.Close is not known here",
    ]);
    const bytes = await bytesOf(handlers, "acme.v1.Shop");
    expect(fromBinary(FileDescriptorProtoSchema, bytes).service.map(({ name }) => name)).toEqual(["Shop"]);
    expect(fileOf("acme/v1/shop.proto").proto.service).toHaveLength(2);
  });

  it("tells of services that are mounted elsewhere", async () => {
    const handlers = [...createReflection({ services: [shop, await admin.descriptor()] })];
    expect(await ask(handlers, list)).toEqual([["acme.v1.Admin", "acme.v1.Shop"]]);
  });

  it("tells of the services that there are now, where the list changes", async () => {
    const live: { services: readonly ServiceHandler[] } = { services: [shop] };
    const handlers = [...createReflection(live)];
    expect(await ask(handlers, list)).toEqual([["acme.v1.Shop"]]);
    live.services = [admin];
    expect(await ask(handlers, list)).toEqual([["acme.v1.Admin"]]);
    live.services = [];
    expect(await ask(handlers, list, symbol("acme.v1.Shop"))).toEqual([[], "5: acme.v1.Shop is not known here"]);
  });

  it.each([
    { of: "a descriptor set", given: schema },
    { of: "the bytes of one", given: toBinary(FileDescriptorSetSchema, schema) },
    { of: "a registry", given: registry },
  ])("tells of $of", async ({ given }) => {
    const [services, late] = await ask([...createReflection({ schema: given })], list, symbol("acme.v1.late"));
    expect(services).toEqual(["acme.v1.Admin", "acme.v1.Shop"]);
    expect((late as string[])[0]).toBe("acme/v1/late.proto");
  });

  it("imports the descriptors of services with generated codecs, and again after an import that failed", async () => {
    let imports = 0;
    const descriptor = async () => {
      imports += 1;
      if (imports === 1) throw new ConnectError("unavailable", "no such file");
      return shop.descriptor();
    };
    const handlers = [...createReflection({ services: [{ ...shop, descriptor }] })];
    await expect(ask(handlers, list)).rejects.toThrow("no such file");
    expect(await ask(handlers, list)).toEqual([["acme.v1.Shop"]]);
    expect(await ask(handlers, list)).toEqual([["acme.v1.Shop"]]);
    expect(imports).toBe(2);
  });

  it("does not mix up the servers that it is mounted in", async () => {
    const reflection = createReflection({ hide: self });
    expect(await ask([shop, ...reflection], list)).toEqual([["acme.v1.Shop"]]);
    expect(await ask([admin, ...reflection], list)).toEqual([["acme.v1.Admin"]]);
  });
});

it("refuses bytes that are no schema", () => {
  expect(() => createReflection({ schema: Uint8Array.of(1, 2, 3) })).toThrow(
    "the schema must be what `buf build -o schema.binpb` writes, and it is not",
  );
});

it("refuses services and a schema at once", () => {
  expect(() => createReflection({ services: [shop], schema })).toThrow(
    new TypeError("createReflection takes services or a schema, and both were given"),
  );
});

function short(response: { readonly case: string | undefined; readonly value?: unknown }): unknown {
  const { value } = response as { value: object };
  if ("errorCode" in value) {
    const { errorCode, errorMessage } = value as { errorCode: number; errorMessage: string };
    return `${errorCode}: ${errorMessage}`;
  }
  if ("extensionNumber" in value) return value.extensionNumber;
  if ("service" in value) return (value.service as { name: string }[]).map(({ name }) => name);
  const { fileDescriptorProto } = value as { fileDescriptorProto: Uint8Array[] };
  const names = fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  return names;
}
