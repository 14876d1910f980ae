import type { ServiceHandler } from "@connect-ts/runtime";
import { type FetchHandler, fetchHandler } from "@connect-ts/runtime/fetch";

/** Where fakes answer. */
export interface FakeOptions {
  /** What the URLs of the calls begin with: `"https://api.example.com/v1"`, or `"/api"` for a path of any server. @default any server, below any path */
  readonly baseUrl?: string | undefined;
}

/** What answers the requests of a tool that catches them. */
export interface Answers {
  /** Finds the requests to the services. */
  readonly pattern: RegExp;
  /** `undefined` for an RPC that no service has. */
  answer(request: Request): Promise<Response | undefined>;
}

/** @throws TypeError when there are no services, or one is given twice */
export function answersOf(services: ServiceHandler | readonly ServiceHandler[], { baseUrl }: FakeOptions): Answers {
  const list = listOf(services);
  if (list.length === 0)
    throw new TypeError("there are no services: give what fakeService() or createXxxHandler() made");
  const names = list.map(({ typeName }) => escaped(typeName)).join("|");
  const pattern = new RegExp(`^(${startOf(baseUrl)})/(?:${names})/[^/?#]+(?:[?#]|$)`);
  const nobody = new Response(null);
  /** By what stands between the origin and the service. */
  const handlers = new Map<string, FetchHandler>();

  function handlerBelow(pathPrefix: string): FetchHandler {
    let handler = handlers.get(pathPrefix);
    if (handler === undefined) {
      handler = fetchHandler(list, { pathPrefix, fallback: () => nobody });
      handlers.set(pathPrefix, handler);
    }
    return handler;
  }
  handlerBelow("");

  return {
    pattern,
    async answer(request) {
      const before = pattern.exec(request.url)?.[1];
      if (before === undefined) return undefined;
      const response = await handlerBelow(before.replace(/^\w+:\/\/[^/]*/, ""))(request);
      return response === nobody ? undefined : plain(response);
    },
  };
}

export function listOf(services: ServiceHandler | readonly ServiceHandler[]): readonly ServiceHandler[] {
  return "typeName" in services ? [services] : services;
}

function startOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined) return "[^?#]*";
  return (baseUrl.startsWith("/") ? "https?://[^/]+" : "") + escaped(baseUrl.replace(/\/+$/, ""));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The tools give a page the body as it is, so it must not be compressed. */
function plain(response: Response): Response {
  const { status, body } = response;
  const coding = response.headers.get("content-encoding");
  if (coding === null || body === null) return response;
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(body.pipeThrough(new DecompressionStream(coding as "gzip")), { status, headers });
}
