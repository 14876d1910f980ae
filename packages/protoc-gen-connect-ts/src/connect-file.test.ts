import { describe, expect, it } from "@jest/globals";
import { generate, linesOf, requestFor, run } from "./testing/generate.js";

const kinds = `syntax = "proto3";
package a.v1;
message In {}
message Out {}
service Kinds {
  rpc Unary(In) returns (Out);
  rpc Download(In) returns (stream Out);
  rpc Upload(stream In) returns (Out);
  rpc Chat(stream In) returns (stream Out);
}`;

describe("the code of a service", () => {
  it("has a client interface that reads like the schema", () => {
    const lines = linesOf(generate(kinds));
    expect(lines).toContain("export interface KindsClient {");
    expect(lines).toContain("unary(request: InInit, options?: CallOptions): UnaryCall<Out>;");
    expect(lines).toContain("download(request: InInit, options?: CallOptions): ServerStream<Out>;");
    expect(lines).toContain("upload(requests: AnyIterable<InInit>, options?: CallOptions): UnaryCall<Out>;");
    expect(lines).toContain("upload(options?: CallOptions): ClientStream<InInit, Out>;");
    expect(lines).toContain("chat(requests: AnyIterable<InInit>, options?: CallOptions): ServerStream<Out>;");
    expect(lines).toContain("chat(options?: CallOptions): BidiStream<InInit, Out>;");
  });

  it("binds each method of the client by its kind", () => {
    const lines = linesOf(generate(kinds));
    expect(lines).toContain(
      "export function createKindsClient(transport: Transport, options?: ClientOptions): KindsClient {",
    );
    expect(lines).toContain("unary: unaryMethod(client, kindsSpecs.unary),");
    expect(lines).toContain("download: serverStreamingMethod(client, kindsSpecs.download),");
    expect(lines).toContain("upload: clientStreamingMethod(client, kindsSpecs.upload),");
    expect(lines).toContain("chat: bidiStreamingMethod(client, kindsSpecs.chat),");
  });

  it("binds them without interceptors with interceptors=false", () => {
    const lines = linesOf(generate(kinds, "a_connect.ts", "target=ts,interceptors=false"));
    expect(lines).toContain(
      "export function createKindsClient(transport: Transport, options?: PlainClientOptions): KindsClient {",
    );
    expect(lines).toContain("const client = bindPlainTransport(transport, options);");
    expect(lines).toContain("unary: plainUnaryMethod(client, kindsSpecs.unary),");
    expect(lines).toContain("download: plainServerStreamingMethod(client, kindsSpecs.download),");
    expect(lines).toContain("upload: plainClientStreamingMethod(client, kindsSpecs.upload),");
    expect(lines).toContain("chat: plainBidiStreamingMethod(client, kindsSpecs.chat),");
  });

  it("has a handler interface whose members are properties", () => {
    const lines = linesOf(generate(kinds));
    expect(lines).toContain("export interface KindsHandler<Context extends HandlerContext = HandlerContext> {");
    expect(lines).toContain("unary: (request: In, context: Context) => Awaitable<OutInit>;");
    expect(lines).toContain("download: (request: In, context: Context) => AsyncIterable<OutInit>;");
    expect(lines).toContain("upload: (requests: AsyncIterable<In>, context: Context) => Awaitable<OutInit>;");
    expect(lines).toContain("chat: (requests: AsyncIterable<In>, context: Context) => AsyncIterable<OutInit>;");
  });

  it("has specs with procedure, kind, idempotency and codecs", () => {
    const code = generate(kinds.replace("returns (Out);", "returns (Out) { option idempotency_level = IDEMPOTENT; }"));
    expect(linesOf(code)).toContain('readonly unary: Spec<In, Out, "unary", {}>;');
    expect(code).toContain(`  unary: {
    procedure: "/a.v1.Kinds/Unary",
    kind: "unary",
    idempotency: "idempotent",
    input: /* @__PURE__ */ codecOf(InSchema),
    output: /* @__PURE__ */ codecOf(OutSchema),
    options: {},
    serviceOptions: {},
  },`);
  });

  it("leaves JSON out with json=false", () => {
    expect(generate(kinds, "a_connect.ts", "target=ts,json=false")).toContain(
      "input: /* @__PURE__ */ binaryCodecOf(InSchema),",
    );
  });

  it("says which runtime it needs, by a type", () => {
    expect(linesOf(generate(kinds))).toContain("export const kindsSpecs: RuntimeAtLeast0_1<{");
  });

  it("carries comments and deprecation over", () => {
    const code = generate(`syntax = "proto3";
message M {}
// What it is for */.
service Old {
  option deprecated = true;
  // What it does.
  rpc Do(stream M) returns (M) { option deprecated = true; }
}`);
    expect(code).toContain(
      "/**\n * What it is for *\\/.\n *\n * @generated from service Old\n * @deprecated\n */\nexport interface OldClient {",
    );
    expect(code).toContain(
      "   * What it does.\n   *\n   * @generated from rpc Old.Do\n   * @deprecated\n   */\n  do(requests",
    );
    expect(code).toContain("  /** The same RPC, with its requests sent one by one. @deprecated */\n  do(options");
    expect(code.match(/@deprecated\n \*\/\nexport /g)).toHaveLength(6);
  });

  it("lets names of the runtime win over those of messages", () => {
    const code = generate(`syntax = "proto3";
message CallOptions {}
message HandlerContext {}
message Context {}
service Foo {
  rpc Do(CallOptions) returns (HandlerContext);
  rpc Make(Context) returns (Context);
}`);
    const lines = linesOf(code);
    expect(code).toMatch(
      /import type \{ CallOptions as CallOptions\$1, Context as Context\$1, .* \} from "\.\/a_pb\.js"/,
    );
    expect(lines).toContain("do(request: CallOptionsInit, options?: CallOptions): UnaryCall<HandlerContext$1>;");
    expect(lines).toContain("do: (request: CallOptions$1, context: Context) => Awaitable<HandlerContextInit>;");
    expect(lines).toContain("make: (request: Context$1, context: Context) => Awaitable<ContextInit>;");
  });

  it("lets names that it declares win over those of messages", () => {
    const lines = linesOf(
      generate(`syntax = "proto3";
message FooClient {}
message FooHandler {}
message UnimplementedFooHandler {}
service Foo {
  rpc Do(FooClient) returns (FooHandler);
  rpc Not(UnimplementedFooHandler) returns (FooHandler);
}`),
    );
    expect(lines).toContain("do(request: FooClientInit, options?: CallOptions): UnaryCall<FooHandler$1>;");
    expect(lines).toContain(
      "not(request: UnimplementedFooHandlerInit, options?: CallOptions): UnaryCall<FooHandler$1>;",
    );
  });

  it("gives two services of one file different names", () => {
    const lines = linesOf(
      generate(
        'syntax = "proto3"; message M {} service Foo { rpc A(M) returns (M); } service foo { rpc B(M) returns (M); }',
      ),
    );
    expect(lines).toContain("export const fooSpecs: RuntimeAtLeast0_1<{");
    expect(lines).toContain("export const fooSpecs$: RuntimeAtLeast0_1<{");
    expect(lines).toContain("a: unaryMethod(client, fooSpecs.a),");
    expect(lines).toContain("b: unaryMethod(client, fooSpecs$.b),");
  });

  it("writes the global AsyncIterable in full where a message is called like it", () => {
    const lines = linesOf(
      generate(
        'syntax = "proto3"; message AsyncIterable {} service Foo { rpc Do(stream AsyncIterable) returns (stream AsyncIterable); }',
      ),
    );
    expect(lines).toContain(
      "do: (requests: globalThis.AsyncIterable<AsyncIterable>, context: Context) => globalThis.AsyncIterable<AsyncIterableInit>;",
    );
  });

  it.each([
    ["Then", "then$"],
    ["__proto__", "__proto__$"],
    ["HasOwnProperty", "hasOwnProperty$"],
    ["constructor", "constructor$"],
    ["toString", "toString$"],
    ["toJSON", "toJSON$"],
    ["valueOf", "valueOf$"],
    ["Catch", "catch"],
    ["Delete", "delete"],
  ])("gives the RPC %s the member %s", (rpc, member) => {
    const lines = linesOf(generate(`syntax = "proto3"; message M {} service Foo { rpc ${rpc}(M) returns (M); }`));
    expect(lines).toContain(`readonly ${member}: Spec<M, M, "unary", {}>;`);
    expect(lines).toContain(`${member}(request: MInit, options?: CallOptions): UnaryCall<M>;`);
    expect(lines).toContain(`${member}: unaryMethod(client, fooSpecs.${member}),`);
    expect(lines).toContain(`${member}: (request: M, context: Context) => Awaitable<MInit>;`);
    expect(lines).toContain(`return unimplemented(fooSpecs.${member});`);
  });

  it("quotes the member new, which would be a constructor in an interface", () => {
    const lines = linesOf(generate('syntax = "proto3"; message M {} service Foo { rpc New(M) returns (M); }'));
    expect(lines).toContain('"new"(request: MInit, options?: CallOptions): UnaryCall<M>;');
  });

  it("is not there for a file without services", () => {
    expect([...run(requestFor({ "a.proto": 'syntax = "proto3"; message M {}' })).keys()]).toEqual(["a_init.ts"]);
    expect([...run(requestFor({ "a.proto": 'syntax = "proto3"; enum E { E_X = 0; }' })).keys()]).toEqual([]);
  });

  it("is printed as JavaScript and declarations too", () => {
    const files = run(requestFor({ "a.proto": kinds }, "target=js+dts,import_extension=js"));
    expect([...files.keys()].sort()).toEqual(["a_connect.d.ts", "a_connect.js", "a_init.d.ts"]);
    const js = linesOf(files.get("a_connect.js") ?? "");
    expect(js).toContain("export const kindsSpecs = {");
    expect(js).toContain("export function createKindsClient(transport, options) {");
    expect(js).toContain("export class UnimplementedKindsHandler {");
    expect(js).toContain("chat() {");
    expect(js).toContain("export function createKindsHandler(service, options) {");
    const dts = linesOf(files.get("a_connect.d.ts") ?? "");
    expect(dts).toContain("export declare const kindsSpecs: RuntimeAtLeast0_1<{");
    expect(dts).toContain(
      "export declare function createKindsClient(transport: Transport, options?: ClientOptions): KindsClient;",
    );
    expect(dts).toContain("chat(_requests: AsyncIterable<In>, _context: Context): AsyncIterable<OutInit>;");
  });

  it("is printed as CommonJS when asked", () => {
    const code = run(requestFor({ "a.proto": kinds }, "target=js,js_import_style=legacy_commonjs")).get("a_connect.js");
    expect(code).toContain(
      'const { bidiStreamingMethod, bindTransport, clientStreamingMethod, createServiceHandler, serverStreamingMethod, unaryMethod, unimplemented } = require("@connect-ts/runtime/codegen");',
    );
    expect(code).toContain("exports.createKindsClient = createKindsClient;");
    expect(code).not.toMatch(/^(import|export) /m);
  });

  it("has a preamble that does not change with the version when asked", () => {
    expect(generate(kinds)).toMatch(/^\/\/ @generated by protoc-gen-connect-ts v\d+\.\d+\.\d+ with parameter /);
    expect(generate(kinds, "a_connect.ts", "target=ts,elide_plugin_version=true")).toMatch(
      /^\/\/ @generated by protoc-gen-connect-ts with parameter "target=ts,elide_plugin_version=true"\n/,
    );
  });
});
