import { create, fromJson, getExtension, isMessage, type MessageInitShape, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, grpc, grpcWeb, type Interceptor, type ServiceHandler } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createServerReflectionHandler } from "./gen/grpc/reflection/v1/reflection_connect.js";
import type { ServerReflectionResponseInit } from "./gen/grpc/reflection/v1/reflection_init.js";
import { reflectServer } from "./reflect-server.js";
import { createReflection } from "./reflection.js";
import { admin, shop } from "./testing/schema.js";

/** A server whose reflection answers as it is told, question by question. */
function scripted(
  ...answers: Exclude<ServerReflectionResponseInit, { $typeName: string }>["messageResponse"][]
): ServiceHandler {
  return createServerReflectionHandler({
    async *serverReflectionInfo(requests) {
      for await (const _ of requests) {
        const messageResponse = answers.shift();
        yield messageResponse === undefined ? {} : { messageResponse };
      }
    },
  });
}

const listed = (...names: string[]) =>
  ({ case: "listServicesResponse", value: { service: names.map((name) => ({ name })) } }) as const;
const files = (...protos: Exclude<MessageInitShape<typeof FileDescriptorProtoSchema>, { $typeName: string }>[]) =>
  ({
    case: "fileDescriptorResponse",
    value: {
      fileDescriptorProto: protos.map((proto) =>
        toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, { syntax: "proto3", ...proto })),
      ),
    },
  }) as const;
const failure = (errorCode: number, errorMessage: string) =>
  ({ case: "errorResponse", value: { errorCode, errorMessage } }) as const;

describe.each(["v1", "v1alpha"])("a server with reflection %s", (version) => {
  const [v1, v1alpha] = createReflection() as [ServiceHandler, ServiceHandler];

  it.each([undefined, grpc, grpcWeb])("is learned and called, over %p", async (protocol) => {
    const server = await serve({
      handlers: [shop, admin, version === "v1" ? v1 : v1alpha],
      host: "127.0.0.1",
    });
    const transport = createNodeTransport({ baseUrl: server.url, http: "2", protocol: protocol?.() });
    try {
      const registry = await reflectServer(transport);
      const service = registry.getService("acme.v1.Shop");
      const note = registry.getExtension("acme.v1.note");
      if (service === undefined || note === undefined) throw new Error("the service did not come");
      const [buy] = service.methods;
      if (buy?.proto.options === undefined) throw new Error("the option did not come");
      expect(getExtension(buy.proto.options, note)).toBe("for customers");
      const client = createClient(service, transport);
      const reply = await client.buy?.(fromJson(buy.input, { name: "tea" }));
      if (!isMessage(reply, buy.output)) throw new Error("no item came");
      expect(toJson(buy.output, reply)).toEqual({ name: "tea" });
      expect([...registry.files].map(({ proto }) => proto.name)).toContain("acme/v1/base.proto");
    } finally {
      transport.close?.();
      await server.close();
    }
  });

  it("sees its stream end well, as the client does", async () => {
    const ended: string[] = [];
    let bothEnded: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      bothEnded = resolve;
    });
    const watch: Interceptor = async ({ side, spec }, next) => {
      const code = await next().then(
        () => "ok",
        (error: unknown) => ConnectError.from(error).code,
      );
      // A client asks by v1 before it asks by v1alpha.
      if (!spec.procedure.startsWith(`/grpc.reflection.${version}.`)) return;
      if (ended.push(`${side}: ${code}`) === 2) bothEnded();
    };
    const interceptors = [watch];
    const server = await serve({
      handlers: [shop, version === "v1" ? v1 : v1alpha],
      interceptors,
      host: "127.0.0.1",
    });
    const transport = createNodeTransport({ baseUrl: server.url, http: "2" });
    try {
      await reflectServer(transport, { interceptors });
      await end;
      expect(ended.sort()).toEqual(["client: ok", "handler: ok"]);
    } finally {
      transport.close?.();
      await server.close();
    }
  });
});

describe("reflectServer", () => {
  it("cancels a stream that the server does not end, and no other", async () => {
    const ended: unknown[] = [];
    const serving = (afterwards: (signal: AbortSignal) => unknown): ServiceHandler =>
      createServerReflectionHandler({
        async *serverReflectionInfo(requests, { signal }) {
          const answers = [listed("S"), files({ name: "s.proto", service: [{ name: "S" }] })];
          for await (const _ of requests) yield { messageResponse: answers.shift() as (typeof answers)[number] };
          await afterwards(signal);
          ended.push(signal.aborted);
        },
      });
    const untilAborted = (signal: AbortSignal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    for (const afterwards of [() => undefined, untilAborted]) {
      const registry = await reflectServer(createInProcessTransport(serving(afterwards)), { timeoutMs: 2_000_000 });
      expect(registry.getService("S")).toBeDefined();
      while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(ended.splice(0)).toEqual([afterwards === untilAborted]);
    }
  });

  it("asks only for the services that it is told", async () => {
    const transport = createInProcessTransport([admin, ...createReflection()]);
    const registry = await reflectServer(transport, { services: ["acme.v1.Admin"] });
    expect(registry.getService("acme.v1.Admin")).toBeDefined();
    expect(registry.getService("grpc.reflection.v1.ServerReflection")).toBeUndefined();
  });

  it("takes files in any order, one by one, and protobuf's own from here when the server lacks them", async () => {
    const transport = createInProcessTransport(
      scripted(
        listed("S"),
        files({
          name: "s.proto",
          dependency: ["a.proto", "google/protobuf/timestamp.proto"],
          service: [{ name: "S" }],
        }),
        files({ name: "a.proto", dependency: ["b.proto"] }),
        failure(5, "no such file"),
        files({ name: "b.proto", messageType: [{ name: "M", field: [{ name: "long_name", number: 1 }] }] }),
      ),
    );
    const registry = await reflectServer(transport);
    expect([...registry.files].map(({ proto }) => proto.name)).toEqual([
      "b.proto",
      "a.proto",
      "google/protobuf/timestamp.proto",
      "s.proto",
    ]);
    expect(registry.getMessage("google.protobuf.Timestamp")).toBeDefined();
    // Python's servers leave JSON's names out.
    expect(registry.getMessage("M")?.fields.map(({ jsonName }) => jsonName)).toEqual(["longName"]);
  });

  it.each<[string, Parameters<typeof scripted>, string]>([
    ["a service is not described", [listed("S"), failure(5, "unknown")], "[not_found] reflection of S failed: unknown"],
    [
      "an import is not there",
      [listed("S"), files({ name: "s.proto", dependency: ["a.proto"] }), failure(5, "unknown")],
      "[not_found] reflection of a.proto failed: unknown",
    ],
    [
      "another file comes for an import",
      [listed("S"), files({ name: "s.proto", dependency: ["a.proto"] }), files({ name: "b.proto" })],
      "[not_found] the server does not have the file a.proto that another imports",
    ],
    ["the list fails", [failure(7, "not for you")], "[permission_denied] reflection of * failed: not for you"],
    ["an error has no code", [failure(99, "?")], "[unknown] reflection of * failed: ?"],
    [
      "the answer is another one",
      [files()],
      "[internal] the server answered list_services with fileDescriptorResponse",
    ],
    ["the answer is empty", [undefined], "[internal] the server answered list_services with nothing"],
  ])("fails when %s", async (_, answers, text) => {
    await expect(reflectServer(createInProcessTransport(scripted(...answers)))).rejects.toThrow(text);
  });

  it("fails when the stream ends before the answer", async () => {
    const handler = createServerReflectionHandler({ async *serverReflectionInfo() {} });
    await expect(reflectServer(createInProcessTransport(handler))).rejects.toMatchObject({ code: "unavailable" });
  });

  it("fails when there are too many files", async () => {
    const many = Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}.proto` }));
    const transport = createInProcessTransport(scripted(listed("S"), files(...many)));
    await expect(reflectServer(transport)).rejects.toMatchObject({
      code: "resource_exhausted",
      rawMessage: "the server's schema has more than 10000 files",
    });
  });

  it("fails for a server without reflection, and for files that import each other", async () => {
    await expect(reflectServer(createInProcessTransport(shop))).rejects.toMatchObject({ code: "unimplemented" });
    const circle = scripted(
      listed("S"),
      files({ name: "a.proto", dependency: ["b.proto"] }, { name: "b.proto", dependency: ["a.proto"] }),
    );
    await expect(reflectServer(createInProcessTransport(circle))).rejects.toThrow();
  });

  it("ends when its time is over, or its signal aborts", async () => {
    const silent = createServerReflectionHandler({
      async *serverReflectionInfo(requests, { signal }) {
        for await (const _ of requests) {
          await new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(ConnectError.from(signal.reason))),
          );
          yield {};
        }
      },
    });
    const transport = createInProcessTransport(silent);
    await expect(reflectServer(transport, { timeoutMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const controller = new AbortController();
    const learned = reflectServer(transport, { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await expect(learned).rejects.toMatchObject({ code: "canceled" });
  });
});
