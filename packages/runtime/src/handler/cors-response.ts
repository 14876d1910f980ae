import { HeaderMap } from "../http/header-map.js";
import { headerBytes } from "../http/header-size.js";
import type { HttpServerRequest, HttpServerStream } from "../http/http-server.js";
import { type Cors, type CorsDecision, refusal } from "./cors.js";
import { originOf } from "./mount.js";
import { asItSays, refuse } from "./refuse.js";
import { ResponseFilter } from "./response-filter.js";

/** The response to a request, with the headers of a policy; `undefined` when the policy has answered it. */
export function underPolicy(
  policy: Cors,
  request: HttpServerRequest,
  response: HttpServerStream,
): HttpServerStream | undefined {
  const { status, headers } = policy.decide(request.method, (name) =>
    // HTTP/2 and targets in absolute form have the host elsewhere than in its header.
    name === "host" ? hostOf(request) : request.headers.get(name),
  );
  const changed = new CorsResponse(response, headers);
  if (status === undefined) return changed;
  if (status === 204) changed.respond(204, asItSays(new HeaderMap()));
  else refuse(changed, status, refusal);
  return undefined;
}

function hostOf({ url }: HttpServerRequest): string {
  const origin = originOf(url);
  return origin.slice(origin.indexOf("//") + 2);
}

class CorsResponse extends ResponseFilter {
  readonly added: CorsDecision["headers"];

  constructor(inner: HttpServerStream, added: CorsDecision["headers"]) {
    super(inner);
    this.added = added;
  }

  override get addedHeadBytes(): number {
    return super.addedHeadBytes + headerBytes(this.added.flat());
  }

  override head(status: number, headers: HeaderMap, withoutTrailers?: boolean): void {
    this.inner.head(status, this.with(headers), withoutTrailers);
  }

  override respond(status: number, headers: HeaderMap, body?: Uint8Array, trailers?: HeaderMap): void {
    this.inner.respond(status, this.with(headers), body, trailers);
  }

  with(headers: HeaderMap): HeaderMap {
    const all = new HeaderMap(headers);
    for (const [name, value] of this.added) {
      if (name === "vary") all.append(name, value);
      else all.set(name, value);
    }
    return all;
  }
}
