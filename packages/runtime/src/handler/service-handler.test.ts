import { describe, expect, it } from "@jest/globals";
import { textType } from "../testing/handler-fixtures.js";
import { createServiceHandler } from "./service-handler.js";

const spec = {
  procedure: "/t.Service/Do",
  kind: "unary" as const,
  idempotency: "unknown" as const,
  input: textType,
  output: textType,
  options: {},
  serviceOptions: {},
};
const method = { name: "Do" };
const service = { kind: "service", typeName: "t.Service", methods: [{ name: "Other" }, method] };

/** A handler of generated code with codecs. Its first imports fail. */
function importing(failures = 0) {
  let imports = 0;
  const load = async () => {
    imports += 1;
    if (imports <= failures) throw new Error("no such file");
    return service;
  };
  const handler = createServiceHandler({ typeName: "t.Service", load }, { do: spec }, { do: () => ({}) });
  return { handler, imports: () => imports };
}

describe("a handler of generated code with codecs", () => {
  it("imports its descriptor when it is asked for first, and has it from then on", async () => {
    const { handler, imports } = importing();
    expect([handler.typeName, handler.specs[0]?.schema, imports()]).toEqual(["t.Service", undefined, 0]);
    expect(await Promise.all([handler.descriptor(), handler.descriptor()])).toEqual([service, service]);
    expect(handler.descriptor()).toBe(service);
    expect(imports()).toBe(1);
  });

  it("imports again when somebody asks again after an import that failed", async () => {
    const { handler, imports } = importing(1);
    await expect(handler.descriptor()).rejects.toThrow("no such file");
    expect(await handler.descriptor()).toBe(service);
    expect(imports()).toBe(2);
  });

  it("has the descriptors of its RPCs by the same import", async () => {
    const { handler, imports } = importing();
    expect(await handler.specs[0]?.importSchema?.()).toBe(method);
    expect(handler.descriptor()).toBe(service);
    expect(imports()).toBe(1);
  });
});

it("a handler of generated code without codecs has its descriptors at once", () => {
  const handler = createServiceHandler(service as never, { do: spec }, { do: () => ({}) });
  expect(handler.descriptor()).toBe(service);
  expect(handler.specs[0]).toMatchObject({ ...spec, schema: method });
  expect(handler.specs[0]?.importSchema).toBeUndefined();
});
