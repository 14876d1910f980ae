import { fetchHandler } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import { explorer } from "./index.js";
import { framesOf, TestPage } from "./testing/page.js";
import { shop } from "./testing/shop.js";

const handler = fetchHandler([shop(), explorer({ hosts: ["dev.example.com"] })]);
const at = (origin: string): TestPage => new TestPage(handler, `${origin}/explorer/`);
const foreign = "the explorer answers its own page alone, and no page of another origin\n";

describe("the explorer is open at", () => {
  it.each([
    "http://localhost",
    "http://localhost:8080",
    "https://api.localhost",
    "http://127.0.0.1:8080",
    "http://127.8.9.1",
    "http://[::1]:8080",
    "https://dev.example.com:8443",
  ])("%s", async (origin) => {
    expect((await at(origin).get("")).status).toBe(200);
    expect((await (await at(origin).open()).call("Fill", ["tea"]))[0]).toBe("tea");
  });
});

describe("the explorer is not open at", () => {
  it.each([
    "http://evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://notlocalhost",
    "http://10.0.0.1",
    "http://x.dev.example.com",
  ])("%s, whose name may lead here since a minute", async (origin) => {
    for (const path of ["", "session", "descriptors.binpb"]) {
      const response = await at(origin).get(path);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain(`the explorer is not open at the host "${new URL(origin).hostname}"`);
    }
  });
});

describe("a call is refused", () => {
  it.each([
    ["from another origin", { origin: "https://evil.example" }, foreign],
    ["from a port beside", { origin: "http://localhost:3000" }, foreign],
    ["from an origin that is hidden", { origin: "null" }, foreign],
    ["from another site", { "sec-fetch-site": "cross-site" }, foreign],
    ["from the same site", { "sec-fetch-site": "same-site" }, foreign],
    ["that nobody's page made", { "sec-fetch-site": "none" }, foreign],
    [
      "without the token",
      { "explorer-token": "" },
      "the header explorer-token is missing or old: load the page again\n",
    ],
    [
      "with another token",
      { "explorer-token": "x" },
      "the header explorer-token is missing or old: load the page again\n",
    ],
  ])("%s", async (_, headers, why) => {
    const page = await at("http://localhost").open();
    for (const path of ["call/acme.v1.Shop/Buy", "send/a"]) {
      expect(await framesOf(await page.post(path, new Uint8Array(5), headers))).toEqual([403, why]);
    }
  });
});

describe("a page of another origin", () => {
  it.each([{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }])(
    "reads neither token nor schema: %p",
    async (headers) => {
      for (const path of ["session", "descriptors.binpb"]) {
        expect((await at("http://localhost").get(path, headers)).status).toBe(403);
      }
    },
  );

  it("may link to the page", async () => {
    expect((await at("http://localhost").get("", { "sec-fetch-site": "cross-site" })).status).toBe(200);
  });
});

it("says that a token is to be read again", async () => {
  const response = await at("http://localhost").post("send/a", undefined);
  expect(response.headers.get("explorer-token")).toBe("renew");
});
