// What people give by mistake: each of it is refused with a TypeError or a RangeError that says what was expected.
import type { DescExtension } from "@bufbuild/protobuf";
import { Int32ValueSchema, StructSchema } from "@bufbuild/protobuf/wkt";
import { createContextKey, createContextValues, getOption, type Spec, type SpecOptions } from "@connect-ts/runtime";
import { bindTransport, createServiceHandler, memberName } from "@connect-ts/runtime/codegen";
import { specOf } from "@connect-ts/runtime/dynamic";
import { cors } from "@connect-ts/runtime/fetch";
import { createRoute, createRouter, createTransport, errorResponseFor } from "@connect-ts/runtime/transport";
import { access, owner, visibility } from "../../gen/src/ping/v1/options_pb.js";
import { file_ping_v1_ping } from "../../gen/src/ping/v1/ping_pb.js";
import type { Chance } from "./chance.js";
import { serviceOf } from "./service.js";

const world = { looks: false } as never;
const wrong = <T>(value: unknown): T => value as T;
const implementation = { one: () => ({}) };
const spec = { procedure: "/a.B/One", kind: "unary", options: {}, serviceOptions: {} } as never as Spec;
const descriptor = { kind: "service", typeName: "a.B", methods: [] } as never;

const refused: readonly (() => unknown)[] = [
  () => createRouter(wrong(5)),
  () => createRouter(wrong({})),
  () => createRouter([serviceOf(world), serviceOf(world)]),
  () => createRouter(serviceOf(world), { pathPrefix: "api" }),
  () => createRouter(serviceOf(world), { pathPrefix: "/a?b" }),
  () => createRouter(serviceOf(world), { protocols: [] }),
  () => createRouter(serviceOf(world), { protocols: wrong("grpc") }),
  () => createRouter(serviceOf(world), { protocols: wrong(["grpc"]) }),
  () => createRouter(serviceOf(world), { protocols: wrong(["other"]) }),
  () => createRouter(serviceOf(world), { protocols: wrong([5]) }),
  () => createRouter(serviceOf(world), { perMethod: wrong(() => Promise.resolve({})) }),
  () => createRouter(serviceOf(world), { perMethod: () => wrong({ nothing: 1 }) }),
  () => createRouter(serviceOf(world), { readMaxBytes: -1 }),
  () => createRouter(serviceOf(world), { maxTimeoutMs: 0 }),
  () => createRouter(serviceOf(world), { sendMaxHeaderPairs: 0.5 }),
  () => createRouter(serviceOf(world), { decodedMaxBytes: Number.NaN }),
  () => createRouter(serviceOf(world), wrong({ context: () => ({}) })),
  () => createRouter(serviceOf(world), wrong(Promise.resolve({}))),
  () => createRouter(createRoute("GET", "healthz", () => ({}))),
  () => createRouter(createRoute("GET", "/a*", () => ({}))),
  () => createRoute("GET", "/a", () => ({}), { maxBytes: -1 }),
  () => cors({ origin: "*" }),
  () => cors({ origin: ["https://allowed.test/"] }),
  () => cors({ origin: "no origin" }),
  () => cors(wrong({ origin: 5 })),
  () => cors({ origin: "https://allowed.test", maxAge: -1 } as never),
  () => createServiceHandler(descriptor, { one: spec }, {}),
  () => createServiceHandler(descriptor, { one: spec }, wrong(undefined)),
  () => createServiceHandler(descriptor, { one: spec }, implementation, wrong({ port: 80 })),
  () => createTransport({ baseUrl: "http://a.test", http: wrong({}) }),
  () => createTransport({ baseUrl: "a.test", http: wrong({ request: () => undefined }) }),
  () => bindTransport(wrong({})),
  () => bindTransport(wrong({ unary: () => undefined }), { timeoutMs: -1 }),
  () => bindTransport(wrong({ unary: () => undefined }), wrong({ signal: 1 })),
  () => getOption(spec, { typeName: "a", extendee: { typeName: "a.B" } } as never),
  () => errorResponseFor({ method: "POST", url: "/", headers: { "not a name": "1" } }, new Error("as planned")),
];

const fileOption = { typeName: "a.option", extendee: { typeName: "google.protobuf.FileOptions" } };
const listOption = { ...fileOption, fieldKind: "list" };

/** Options as generated code has them that are not set, and what stands for them. */
const ofGeneratedCode = [
  [{ ...listOption, listKind: "scalar" }, "[]"],
  [{ ...fileOption, fieldKind: "message", message: StructSchema }, "{}"],
  [{ ...fileOption, fieldKind: "message", message: Int32ValueSchema }, "0"],
] as never as readonly (readonly [DescExtension, string])[];

/** Tries some of it. Returns what was taken, or refused otherwise. */
export function misuse(chance: Chance): readonly string[] {
  const found: string[] = [];
  for (let n = 0; n < 6; n++) {
    const attempt = chance.pick(refused);
    try {
      attempt();
      found.push(`nobody refuses ${attempt}`);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError))
        found.push(`${attempt} fails with ${String(error)}`);
    }
  }
  return [...found, ...lookUp()];
}

/** What is looked up by name: members of clients, options of a schema, values of calls. */
function lookUp(): readonly string[] {
  const found: string[] = [];
  const [service] = file_ping_v1_ping.services;
  if (service === undefined) return ["the schema has no service"];
  for (const method of service.methods) {
    const made = specOf(method);
    if (made.procedure !== `/${service.typeName}/${method.name}`) found.push(`${method.name} is at ${made.procedure}`);
    for (const option of [access, owner, visibility] as readonly DescExtension[]) {
      const value = getOption(made as Spec, option);
      const literals = { [option.typeName]: value } as SpecOptions;
      const generated: Spec = { ...spec, options: literals, serviceOptions: literals };
      const [one, other] = [value, getOption(generated, option)].map((given) => JSON.stringify(given));
      if (one !== other) found.push(`the option ${option.typeName} is ${one} or ${other}`);
      getOption(spec, option);
    }
  }
  for (const [option, value] of ofGeneratedCode)
    if (JSON.stringify(getOption(spec, option)) !== value) found.push(`${option.fieldKind} options are not ${value}`);
  const names = ["say", "then", "toString"].map((localName) => memberName({ localName } as never));
  if (names.join() !== "say,then$,toString$") found.push(`methods have the names ${names}`);
  const key = createContextKey(1);
  const values = createContextValues().set(key, 2);
  if (values.get(key) !== 2 || values.delete(key).get(key) !== 1) found.push("values are not what was set");
  return found;
}
