import { createHash } from "node:crypto";
import { createFileRegistry, type DescService, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type ExplorerOptions, explorer } from "./index.js";
import { TestPage } from "./testing/page.js";
import { admin, serviceOf, shop, shopSchema } from "./testing/shop.js";

const pageOf = (options?: ExplorerOptions, base?: string): TestPage =>
  new TestPage(fetchHandler([shop(), admin, explorer(options)]), base);

const { NODE_ENV } = process.env;
afterEach(() => {
  process.env.NODE_ENV = NODE_ENV;
});

describe("the page", () => {
  it("is found with and without a slash at the end, wherever it is mounted", async () => {
    const response = await new TestPage(fetchHandler([explorer()]), "http://localhost/explorer").get("");
    expect([response.status, response.headers.get("location")]).toEqual([308, "./explorer/"]);
    const deep = fetchHandler([shop(), explorer({ path: "/dev/rpc" })], { pathPrefix: "/api" });
    const page = await new TestPage(deep, "http://localhost/api/dev/rpc/").open();
    expect((await page.get("")).status).toBe(200);
    expect(await page.call("Buy", ["tea"])).toEqual(["tea", { metadata: { "shop-receipt": ["printed"] } }]);
  });

  it("runs only the script and the style that it has, and cannot be framed", async () => {
    const response = await pageOf().get("");
    const policy = response.headers.get("content-security-policy") ?? "";
    const html = await response.text();
    for (const tag of ["script", "style"]) {
      const [, text = "", ...others] = html.split(new RegExp(`</?${tag}>`));
      expect(others).toHaveLength(1);
      const hash = createHash("sha256").update(text).digest("base64");
      expect(policy).toContain(`${tag}-src 'sha256-${hash}';`);
    }
    expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(html).not.toMatch(/<[^>]+ (?:on\w+|style)=/);
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each(["nothing", "call", "call/acme.v1.Shop/Buy"])("has nothing at %s to look at", async (path) => {
    expect((await pageOf().get(path)).status).toBe(404);
  });
});

describe("the schema", () => {
  const filesOf = async (options: ExplorerOptions) => {
    const bytes = new Uint8Array(await (await pageOf(options).get("descriptors.binpb")).arrayBuffer());
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
  };
  const commentsOf = (file: DescService["file"] | undefined): unknown =>
    file?.proto.sourceCodeInfo?.location.map(({ path, leadingComments, trailingComments }) => [
      path.join(),
      leadingComments + trailingComments,
    ]);

  it("is that of what is mounted", async () => {
    const registry = await filesOf({});
    expect([...registry.files].flatMap(({ services }) => services).map(String)).toEqual([
      "service acme.v1.Admin",
      "service acme.v1.Shop",
    ]);
    expect(commentsOf(registry.getFile("acme/v1/shop.proto"))).toBeUndefined();
  });

  it.each([
    ["bytes", toBinary(FileDescriptorSetSchema, shopSchema(true))],
    ["a descriptor set", shopSchema(true)],
    ["a registry", createFileRegistry(shopSchema(true))],
  ])("has comments when it is given as %s", async (_, schema) => {
    expect(commentsOf((await filesOf({ schema })).getFile("acme/v1/shop.proto"))).toEqual([
      ["6,0", " Admin is not for all.\n"],
      ["6,1,2,0", " Buy buys.\n"],
      ["4,0,2,1", " How many.\n"],
    ]);
  });

  it.each([
    ["a name", ["acme.v1.Admin"]],
    ["a function", ({ typeName }: { typeName: string }) => typeName.endsWith("Admin")],
  ])("lacks what is hidden by %s, and the other comments stay where they belong", async (_, hide) => {
    const registry = await filesOf({ schema: shopSchema(true), hide });
    expect(registry.getService("acme.v1.Admin")).toBeUndefined();
    expect(commentsOf(registry.getFile("acme/v1/shop.proto"))).toEqual([
      ["6,0,2,0", " Buy buys.\n"],
      ["4,0,2,1", " How many.\n"],
    ]);
    const page = await pageOf({ hide }).open();
    expect((await page.post("call/acme.v1.Admin/Close", new Uint8Array(5))).status).toBe(404);
  });

  it("is imported when it is asked for, where the services have generated codecs", async () => {
    const registry = await filesOf({ services: [{ ...shop(), descriptor: async () => serviceOf("Shop") }] });
    expect(registry.getService("acme.v1.Shop")?.methods).toHaveLength(4);
  });

  it("that cannot be imported fails with 500, and the next request asks again", async () => {
    let imports = 0;
    const descriptor = async () => {
      imports += 1;
      if (imports === 1) throw new Error("no such file");
      return serviceOf("Shop");
    };
    const route = explorer({ services: [{ ...shop(), descriptor }] });
    const page = new TestPage(fetchHandler([route], { onRouteError: () => undefined }));
    expect([await page.get("descriptors.binpb"), await page.get("descriptors.binpb")]).toMatchObject([
      { status: 500 },
      { status: 200 },
    ]);
  });

  it("is what is served where the one that is given is of another day", async () => {
    const old = shopSchema(true);
    old.file[0]?.service[1]?.method.pop();
    const registry = await filesOf({ schema: old });
    expect(registry.getService("acme.v1.Shop")?.methods).toHaveLength(4);
  });

  it("is that of services that come and go", async () => {
    const live = { services: [shop()] };
    const page = await new TestPage(fetchHandler([explorer({ services: live })])).open();
    expect(await (await page.get("session")).json()).toMatchObject({ services: ["acme.v1.Shop"] });
    expect(await page.call("Fill", ["a", "b"])).toEqual(["a,b", {}]);
    live.services = [admin];
    expect(await (await page.get("session")).json()).toMatchObject({ services: ["acme.v1.Admin"] });
    expect(await page.call("Fill", ["a"])).toEqual([404, "not found\n"]);
  });
});

describe("whether there is a page", () => {
  it("is no in production", async () => {
    process.env.NODE_ENV = "production";
    expect((await pageOf().get("")).status).toBe(404);
    expect((await pageOf().get("session")).status).toBe(404);
    expect((await pageOf({ enabled: true }).get("")).status).toBe(200);
  });

  it("is said by the option", async () => {
    expect((await pageOf({ enabled: false }).get("")).status).toBe(404);
  });

  it("is to look at alone where it is read-only", async () => {
    const page = await pageOf({ readOnly: true }).open();
    expect(page.token).toBeUndefined();
    expect((await page.get("descriptors.binpb")).status).toBe(200);
    expect(await page.call("Buy", ["tea"])).toEqual([403, "the explorer is read-only here: it runs no calls\n"]);
  });
});

it.each([
  [{ path: "explorer" }, 'the path of an explorer must be such as "/explorer", not "explorer"'],
  [{ path: "/" }, 'the path of an explorer must be such as "/explorer", not "/"'],
  [
    { hosts: ["a.example:80"] },
    'hosts must be names of hosts, such as "dev.example.com", without ports, not a.example:80',
  ],
  [{ schema: new Uint8Array([1]) }, "the option schema must be what `buf build -o schema.binpb` writes, and it is not"],
])("refuses the options %p", (options: ExplorerOptions, message) => {
  expect(() => explorer(options)).toThrow(message);
  expect(() => explorer(options)).toThrow(TypeError);
});
