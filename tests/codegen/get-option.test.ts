import { type DescExtension, getOption as getDescriptorOption } from "@bufbuild/protobuf";
import { getOption } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import * as options from "./golden/options/v1/options_pb.js";
import { optionsServiceSpecs } from "./golden/options/v1/service_connect.js";
import { OptionsService } from "./golden/options/v1/service_pb.js";

const extensions = Object.values(options).filter(
  (value): value is typeof value & DescExtension => "kind" in value && value.kind === "extension",
);

const ofMethods = extensions.filter(({ extendee }) => extendee.typeName === "google.protobuf.MethodOptions");
const ofServices = extensions.filter(({ extendee }) => extendee.typeName === "google.protobuf.ServiceOptions");

/** buf leaves fields with source retention in messages, in the descriptors that it gives to plugins. We leave them out. */
function withoutSource(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "sourceOnly" in value) {
    delete (value as { sourceOnly?: string }).sourceOnly;
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
          withoutSource(getDescriptorOption(method as never, extension as never)),
        );
      },
    );

    it.each(ofServices.map((extension) => [extension.name, extension] as const))(
      "have the value of the service that protobuf-es finds in the descriptor: %s",
      (_, extension) => {
        expect(getOption(spec, extension)).toEqual(
          withoutSource(getDescriptorOption(OptionsService as never, extension as never)),
        );
      },
    );
  },
);

it("covers all extensions of the schema", () => {
  expect([ofMethods.length, ofServices.length]).toEqual([25, 2]);
});
