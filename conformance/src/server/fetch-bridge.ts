import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HandlerOptions, ServiceHandler } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;

/** Puts the fetch handler behind Node's servers, as frameworks do. */
export function fetchBridge(
  handlers: readonly ServiceHandler[],
  options: HandlerOptions,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  const handle = fetchHandler(handlers, options);
  return async (request, response) => {
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    const answer = await handle(toRequest(request, closed.signal));
    const out = sendHead(response, answer);
    // A client that has gone aborts the request's signal; that the body cannot be written then is no news.
    await pipeline(answer.body ?? [], out).catch(() => {});
  };
}

/**
 * Sends the head, together with what of the body comes with it: a client that gets a head alone may end a request that is
 * not all sent, and then the stream or the connection is closed before the rest has come. Returns what takes the body.
 */
function sendHead(response: NodeResponse, { status, headers }: Response): Writable {
  const fields = Object.fromEntries(headers);
  if ("stream" in response) {
    // Not by the compatibility API, which waits for trailers before it ends the stream.
    const { stream } = response;
    if (!stream.destroyed && !stream.closed) stream.respond({ ...fields, ":status": status });
    return stream;
  }
  response.cork();
  response.writeHead(status, fields).flushHeaders();
  setImmediate(() => response.uncork());
  return response;
}

function toRequest(request: NodeRequest, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] as string;
    if (!name.startsWith(":")) headers.append(name, request.rawHeaders[i + 1] as string);
  }
  const method = request.method ?? "";
  const url = new URL(request.url ?? "/", "http://localhost");
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  return new Request(url, { method, headers, signal, body: bodyOf(request), duplex: "half" } as RequestInit);
}

/** What is not wanted of a body is read all the same: the next request of the connection is behind it. */
function bodyOf(request: NodeRequest): ReadableStream<Uint8Array> {
  // A request can be cut off and then end, and the other way round.
  let over = false;
  return new ReadableStream({
    start(controller) {
      request.on("data", (chunk: Uint8Array) => {
        if (over) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) request.pause();
      });
      request.on("end", () => {
        if (!over) controller.close();
        over = true;
      });
      request.on("close", () => {
        if (!over) controller.error(new Error("the request was cut off"));
        over = true;
      });
      // The close says enough.
      request.on("error", () => {});
    },
    pull() {
      request.resume();
    },
    cancel() {
      over = true;
      request.resume();
    },
  });
}
