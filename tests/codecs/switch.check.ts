// A file of its own: it runs only with generated codecs.
import { expect, it } from "@jest/globals";
import { pingServiceSpecs } from "../gen/src/ping/v1/ping_connect.js";

it("these tests run with generated codecs", () => {
  for (const { input, output } of Object.values(pingServiceSpecs)) {
    expect([input, output]).toMatchObject([{ empty: expect.any(Function) }, { empty: expect.any(Function) }]);
  }
});
