import { type DescExtension, getOption as getDescriptorOption } from "@bufbuild/protobuf";
import { getOption, type Spec } from "@connect-ts/runtime";
import { specOf } from "@connect-ts/runtime/dynamic";
import { describe, expect, it } from "@jest/globals";
import { kindsServiceSpecs } from "./golden/kinds/v1/kinds_connect.js";
import { KindsService } from "./golden/kinds/v1/kinds_pb.js";
import * as options from "./golden/options/v1/options_pb.js";
import { optionsServiceSpecs } from "./golden/options/v1/service_connect.js";
import { OptionsService } from "./golden/options/v1/service_pb.js";

const extensions = Object.values(options).filter(
  (value): value is typeof value & DescExtension =>
    "kind" in value && value.kind === "extension" && !value.name.includes("source"),
);

const ofMethods = extensions.filter(({ extendee }) => extendee.typeName === "google.protobuf.MethodOptions");
const ofFiles = extensions.filter(({ extendee }) => extendee.typeName === "google.protobuf.FileOptions");
const ofServices = extensions.filter(({ extendee }) => extendee.typeName === "google.protobuf.ServiceOptions");

/**
 * What has source retention we leave out; buf leaves it in messages, in the descriptors that it gives to plugins.
 * Extensions of such a message are unknown fields, which the literals do not have: they have them by name.
 */
function asInLiterals(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "$typeName" in value) {
    const message = value as { sourceOnly?: string; $unknown?: unknown };
    delete message.sourceOnly;
    delete message.$unknown;
  }
  return value;
}

describe.each(OptionsService.methods.map((method) => [method.localName, method] as const))(
  "options in the spec of %s",
  (name, method) => {
    const spec = optionsServiceSpecs[name as keyof typeof optionsServiceSpecs];

    it.each(ofMethods.map((extension) => [extension.name, extension] as const))(
      "have the value that protobuf-es finds in the descriptor: %s",
      (_, extension) => {
        expect(getOption(spec, extension)).toEqual(
          asInLiterals(getDescriptorOption(method as never, extension as never)),
        );
      },
    );

    it.each(ofServices.map((extension) => [extension.name, extension] as const))(
      "have the value of the service that protobuf-es finds in the descriptor: %s",
      (_, extension) => {
        expect(getOption(spec, extension)).toEqual(
          asInLiterals(getDescriptorOption(OptionsService as never, extension as never)),
        );
      },
    );

    it.each(ofFiles.map((extension) => [extension.name, extension] as const))(
      "have the value of the file that protobuf-es finds in the descriptor: %s",
      (_, extension) => {
        expect(getOption(spec, extension)).toEqual(
          asInLiterals(getDescriptorOption(OptionsService.file as never, extension as never)),
        );
      },
    );
  },
);

it("covers all extensions of the schema", () => {
  expect([ofMethods.length, ofServices.length, ofFiles.length]).toEqual([24, 1, 2]);
});

it("leaves out what has source retention", () => {
  const literals = Object.values(optionsServiceSpecs).map((spec) => [
    spec.options,
    spec.serviceOptions,
    spec.fileOptions,
  ]);
  expect(JSON.stringify(literals, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toMatch(
    /source|left out/i,
  );
});

describe("options of a file", () => {
  it("are there in generated and in dynamic specs", () => {
    const specs: Spec[] = [optionsServiceSpecs.nothing, specOf(OptionsService.method.nothing)];
    for (const spec of specs) {
      expect(getOption(spec, options.team)).toBe("payments");
      expect(getOption(spec, options.file_rule).numbers).toEqual([1n]);
    }
  });

  it("have their defaults where the file has none", () => {
    expect(getOption(kindsServiceSpecs.unary, options.team)).toBe("");
    expect(getOption(specOf(KindsService.method.unary), options.team)).toBe("");
  });
});

it("options of other things than RPCs are refused by name", () => {
  expect(() => getOption(optionsServiceSpecs.nothing, options.note)).toThrow(
    new TypeError("options.v1.note is an option of options.v1.Rule, not of methods, services or files"),
  );
});
