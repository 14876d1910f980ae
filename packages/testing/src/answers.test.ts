import { ConnectError } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import type { FakeOptions } from "./answers.js";
import { mswHandler } from "./msw/index.js";
import { type PlaywrightRoute, routeFakes } from "./playwright/index.js";
import { itemClient, itemService } from "./testing/service.js";

type Tool = (options?: FakeOptions) => Promise<(request: Request) => Promise<Response | undefined>>;

const nobody = new ConnectError("unavailable", "no handler of the tool has it");

/** As MSW calls a handler: when its pattern fits. */
const msw: Tool = async (options) => {
  const all = (path: RegExp, resolver: (info: { readonly request: Request }) => Promise<Response | undefined>) => ({
    path,
    resolver,
  });
  const { path, resolver } = mswHandler({ all }, itemService(), options);
  return async (request) => (path.test(request.url) ? resolver({ request }) : undefined);
};

/** As Playwright calls a route. */
const playwright: Tool = async (options) => {
  let path = /^$/;
  let handle: (route: PlaywrightRoute) => Promise<void> = async () => undefined;
  const route = async (url: RegExp, handler: typeof handle): Promise<void> => {
    path = url;
    handle = handler;
  };
  await routeFakes({ route }, itemService(), options);
  return async (request) => {
    if (!path.test(request.url)) return undefined;
    let response: Response | undefined;
    const body = Buffer.from(await request.arrayBuffer());
    await handle({
      request: () => ({
        url: () => request.url,
        method: () => request.method,
        allHeaders: async () => Object.fromEntries(request.headers),
        postDataBuffer: () => body,
      }),
      async fulfill({ status, headers, body }) {
        response = new Response(new Uint8Array(body), { status, headers });
      },
      continue: async () => undefined,
      fallback: async () => undefined,
    });
    return response;
  };
};

describe.each([
  ["mswHandler", msw],
  ["routeFakes", playwright],
])("%s", (_, tool) => {
  const name = async (baseUrl: string, options?: FakeOptions): Promise<string> => {
    const answer = await tool(options);
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await answer(new Request(url, init));
      if (response === undefined) throw nobody;
      return response;
    };
    return (await itemClient(createFetchTransport({ baseUrl, fetch })).get({ name: "a" })).name;
  };

  it.each([
    ["http://any.example", undefined],
    ["http://any.example/deep/down", undefined],
    ["http://any.example/api", "/api"],
    ["http://any.example/api", "http://any.example/api/"],
  ])("answers calls to %s with the baseUrl %p", async (baseUrl, own) => {
    expect(await name(baseUrl, { baseUrl: own })).toBe(await name("http://any.example"));
  });

  it.each([
    ["http://other.example", "http://any.example"],
    ["http://any.example/apis", "/api"],
  ])("leaves calls to %s to others with the baseUrl %p", async (baseUrl, own) => {
    await expect(name(baseUrl, { baseUrl: own })).rejects.toMatchObject({
      rawMessage: expect.stringContaining(nobody.rawMessage),
    });
  });

  it("leaves an RPC to others that the services do not have", async () => {
    const answer = await tool();
    expect(await answer(new Request("http://any.example/t.S/Nothing", { method: "POST", body: "{}" }))).toBeUndefined();
  });
});
