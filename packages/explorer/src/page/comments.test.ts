import { createFileRegistry } from "@bufbuild/protobuf";
import { expect, it } from "@jest/globals";
import { serviceOf, shopSchema } from "../testing/shop.js";
import { commentOf } from "./comments.js";

it("finds the comments of what is declared, before it or behind it", () => {
  const registry = createFileRegistry(shopSchema(true));
  const shop = serviceOf("Shop", registry);
  expect(commentOf(serviceOf("Admin", registry))).toBe("Admin is not for all.");
  expect(shop.methods.map(commentOf)).toEqual(["Buy buys.", "", "", ""]);
  expect(shop.methods[0]?.input.fields.map(commentOf).slice(0, 2)).toEqual(["", "How many."]);
});

it("finds none in a schema that has none", () => {
  expect(commentOf(serviceOf("Admin"))).toBe("");
});

it("leaves out what is for linters", () => {
  const schema = shopSchema(true);
  const location = schema.file[0]?.sourceCodeInfo?.location[0];
  if (location !== undefined) location.leadingComments = " buf:lint:ignore X\n Admin  is.\n\n   Indented.\n";
  expect(commentOf(serviceOf("Admin", createFileRegistry(schema)))).toBe("Admin  is.\n\n  Indented.");
});
