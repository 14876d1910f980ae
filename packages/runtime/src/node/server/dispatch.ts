import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerResponse, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { originOf } from "../../handler/mount.js";
import type { Router } from "../../handler/router.js";
import { headersFromRaw } from "../../http/header-map.js";
import { incoming } from "../raw-headers.js";
import type { ServerCalls } from "./calls.js";
import { H1ServerStream } from "./h1-stream.js";
import { H2ServerStream } from "./h2-stream.js";
import { NodeServerRequest } from "./request.js";

/**
 * Gives an HTTP/2 stream to the router. False when its path is not the router's; the stream is untouched then.
 *
 * @param path - what is routed
 * @param base - what the host took off before it
 */
export function dispatchH2(
  router: Router,
  calls: ServerCalls,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[] | undefined,
  path: string,
  base: string,
  orNotFound: boolean,
  compat?: Http2ServerResponse,
): boolean {
  const request = new NodeServerRequest(
    stream,
    "2",
    headers[":method"] ?? "",
    path,
    (headers[":authority"] ?? headers.host ?? "") + base,
    incoming(headers, raw),
    stream.session?.socket,
  );
  const response = new H2ServerStream(stream, calls, Number(headers["content-length"] ?? 0), compat);
  const sink = router.handle(request, response) ?? (orNotFound ? router.notFound(request, response) : undefined);
  if (sink === undefined) return false;
  response.start(sink);
  return true;
}

/**
 * Gives an HTTP/1.1 request to the router, like {@link dispatchH2}.
 *
 * @param own - it came to a server of ours, and nobody else has seen it
 */
export function dispatchH1(
  router: Router,
  calls: ServerCalls,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  base: string,
  orNotFound: boolean,
  own = false,
): boolean {
  const httpVersion = request.httpVersionMajor >= 2 ? "2" : "1.1";
  const routed = new NodeServerRequest(
    request,
    httpVersion,
    request.method ?? "",
    path,
    authorityOf(request) + base,
    headersFromRaw(request.rawHeaders),
    request.socket,
  );
  const stream = new H1ServerStream(request, response, calls, own);
  const sink = router.handle(routed, stream) ?? (orNotFound ? router.notFound(routed, stream) : undefined);
  if (sink === undefined) return false;
  stream.start(sink);
  return true;
}

/** That of the target counts where it has one (RFC 9112 section 3.2.2). */
function authorityOf({ url = "", headers }: IncomingMessage): string {
  const origin = originOf(url);
  return origin === "" ? (headers.host ?? "") : origin.slice(origin.indexOf("//") + 2);
}
