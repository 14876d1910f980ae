// The door for Playwright. Nothing of it is imported: pages and routes are known by their shape.
import type { ServiceHandler } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { type Answers, answersOf, type FakeOptions, listOf } from "../answers.js";

export type { FakeOptions } from "../answers.js";

/** What is needed of Playwright's `Page` and `BrowserContext`. */
export interface Routable {
  route(url: RegExp, handler: (route: PlaywrightRoute) => Promise<void>): Promise<unknown>;
}

/** What is needed of Playwright's `Route`. */
export interface PlaywrightRoute {
  request(): PlaywrightRequest;
  fulfill(response: { status: number; headers: { [name: string]: string }; body: Buffer }): Promise<void>;
  continue(overrides: { url: string }): Promise<void>;
  fallback(): Promise<void>;
}

/** What is needed of Playwright's `Request`. */
export interface PlaywrightRequest {
  url(): string;
  method(): string;
  allHeaders(): Promise<{ [name: string]: string }>;
  postDataBuffer(): Buffer | null;
}

/** Options of {@link routeFakes}. */
export interface RouteFakesOptions extends FakeOptions {
  /**
   * A server that has the same services, `(await serve({ handlers })).url`: calls that stream go there, and their messages arrive as
   * they are yielded. It must allow the page's origin where that is not the one that the page calls, by `cors`.
   *
   * @default none: Playwright gives a page whole responses, so a stream arrives when it has ended
   */
  readonly streamsAt?: string | undefined;
}

/**
 * Answers the calls that a page makes to services, in Connect and gRPC-Web, binary and JSON, by `page.route`. An RPC that the services
 * do not have is left to other routes, and in the end to the network. Pages of other origins than the one they call are allowed.
 *
 * @param page - a page, or a browser context for all of its pages
 * @param services - fakes by `fakeService`, or real handlers
 *
 * @throws TypeError when there are no services, or one is given twice, and for a bad option
 *
 * @example
 * await routeFakes(page, fakeService(createElizaServiceHandler, { say: () => ({ sentence: "hi" }) }));
 */
export async function routeFakes(
  page: Routable,
  services: ServiceHandler | readonly ServiceHandler[],
  options: RouteFakesOptions = {},
): Promise<void> {
  checkOptions("routeFakes", options, { baseUrl: "string", streamsAt: "string" });
  const answers = answersOf(services, options);
  const streams = new Set<string>();
  for (const { specs } of listOf(services)) {
    for (const { procedure, kind } of specs) if (kind !== "unary") streams.add(procedure);
  }
  await page.route(answers.pattern, (route) => {
    const procedure = /\/[^/]+\/[^/]+$/.exec(new URL(route.request().url()).pathname)?.[0];
    return options.streamsAt !== undefined && streams.has(procedure ?? "")
      ? route.continue({ url: options.streamsAt.replace(/\/+$/, "") + procedure })
      : fulfill(route, answers);
  });
}

async function fulfill(route: PlaywrightRoute, { answer }: Answers): Promise<void> {
  const given = route.request();
  const [url, method, headers] = [given.url(), given.method(), new Headers()];
  for (const [name, value] of Object.entries(await given.allHeaders())) {
    // Those of HTTP/2 itself.
    if (!name.startsWith(":")) headers.set(name, value);
  }
  const response =
    method === "OPTIONS" && headers.has("access-control-request-method")
      ? new Response(null, { status: 204 })
      : await answer(new Request(url, { method, headers, body: given.postDataBuffer() }));
  if (response === undefined) return route.fallback();
  await route.fulfill({
    status: response.status,
    headers: { ...Object.fromEntries(response.headers), ...allowed(headers, response.headers) },
    body: Buffer.from(await response.arrayBuffer()),
  });
}

/** Whatever a fake sends, the page may read (Fetch, "CORS protocol"). */
function allowed(request: Headers, response: Headers): { readonly [name: string]: string } {
  const origin = request.get("origin");
  if (origin === null) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": request.get("access-control-request-method") ?? "*",
    "access-control-allow-headers": request.get("access-control-request-headers") ?? "*",
    "access-control-expose-headers": [...response.keys()].join(", "),
  };
}
