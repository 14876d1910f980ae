import { describe, expect, it } from "@jest/globals";
import { checkPathPrefix, ServiceMount, shownPath } from "./mount.js";

const mount = new ServiceMount("/api/a.v1.S", ["/a.v1.S/Say", "/a.v1.S/Sing"]);

describe("the handler of a pair takes", () => {
  it.each([
    "/api/a.v1.S/Say",
    "/api/a.v1.S/Say?x=1",
    "/api/a.v1.S/Unknown",
    "/api/a.v1.S//Say",
    "/a.v1.S/Say",
    "/x/Say",
    "/",
  ])("%s as it is", (url) => {
    expect(mount.restore(url, {})).toBe(url);
  });

  it.each(["/Say", "/Sing?x=1/2"])("%s as what a host left that does not say what it took off", (url) => {
    expect(mount.restore(url, {})).toBe(`/api/a.v1.S${url}`);
    expect(mount.restore(url, { originalUrl: `/old${url}` })).toBe(`/api/a.v1.S${url}`);
    expect(mount.restore(url, { originalUrl: `/x/api/a.v1.S${url}` })).toBe(`/api/a.v1.S${url}`);
  });

  it("Say as what is left when the mount ends with a slash", () => {
    expect(mount.restore("Say", {})).toBe("/api/a.v1.S/Say");
  });

  it("all that its host left when it took off the service's path, exactly", () => {
    expect(mount.restore("/Unknown", { baseUrl: "/x/api/a.v1.S" })).toBe("/api/a.v1.S/Unknown");
    for (const baseUrl of ["", "/x", "/API/A.v1.S", "/api/a%2ev1.S", "/api/a.v1.S/", "/api/xa.v1.S"]) {
      expect(mount.restore("/Say", { baseUrl, originalUrl: "/api/a.v1.S/Say" })).toBe("/Say");
    }
  });

  it.each([
    ["nothing was taken off", "/Say"],
    ["another case", "/API/A.V1.S/Say"],
    ["encoded characters", "/api/a%2ev1.S/Say"],
    ["parameters", "/api/a.v1.S;a=b/Say"],
    ["repeated slashes", "/api//a.v1.S/Say?x=1"],
  ])("no path in other forms that a host took for the mount's: %s", (_, originalUrl) => {
    expect(mount.restore("/Say", { originalUrl })).toBe("/Say");
  });
});

describe("pathPrefix", () => {
  it.each([
    [undefined, ""],
    ["", ""],
    ["/", ""],
    ["/api", "/api"],
    ["/api/", "/api"],
    ["/api/v1", "/api/v1"],
  ])("%j stands for %j", (given, path) => {
    expect(checkPathPrefix(given)).toBe(path);
  });

  it.each(["api", "//", "/api//v1", "/api?x", "/api#x", "https://a.example/api", 1, null])(
    "must not be %j",
    (given) => {
      expect(() => checkPathPrefix(given as string)).toThrow(
        new TypeError(`pathPrefix must be a path such as "/api", not ${JSON.stringify(given)}`),
      );
    },
  );
});

it("an error shows the path of a URL without its query, and not much of it", () => {
  expect(shownPath("https://a.example:8080/x/y?secret=1")).toBe('"/x/y"');
  expect(shownPath("/x")).toBe('"/x"');
  expect(shownPath(`/${"x".repeat(1000)}`)).toHaveLength(202);
});
