// A file of its own: router and routes refuse alike.
import { HeaderMap } from "../http/header-map.js";
import type { HttpRequestSink, HttpServerStream } from "../http/http-server.js";

/**
 * Keeps browsers from taking a response for something else than its content type says, whatever it holds (Fetch,
 * "X-Content-Type-Options header"). Changes the headers.
 */
export function asItSays(headers: HeaderMap): HeaderMap {
  if (!headers.has("x-content-type-options")) headers.list.push("x-content-type-options", "nosniff");
  return headers;
}

/** Answers with a line of text. Nobody reads the request on. */
export function refuse(
  response: HttpServerStream,
  status: number,
  text: string,
  headers: readonly (readonly [string, string])[] = [],
): HttpRequestSink {
  const all = new HeaderMap([...headers, ["content-type", "text/plain; charset=utf-8"]]);
  response.respond(status, asItSays(all), new TextEncoder().encode(`${text}\n`));
  return deaf;
}

/** Listens to nothing: the request is answered. */
export const deaf: HttpRequestSink = {
  data() {},
  end() {},
  error() {},
  drain() {},
  closed() {},
};
