import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { pipeline } from "node:stream/promises";
import type { HandlerOptions, ServiceHandler } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";

type NodeRequest = IncomingMessage | Http2ServerRequest;

/** Puts the fetch handler behind Node's servers, as frameworks do. */
export function fetchBridge(
  handlers: readonly ServiceHandler[],
  options: HandlerOptions,
): (request: NodeRequest, response: ServerResponse | Http2ServerResponse) => Promise<void> {
  const handle = fetchHandler(handlers, options);
  return async (request, either) => {
    // What is used here, the compatibility objects of HTTP/2 have too, but for flushHeaders.
    const response = either as ServerResponse;
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    const { status, headers, body } = await handle(toRequest(request, closed.signal));
    const names = [...new Set(headers.keys())];
    for (const name of names) response.setHeader(name, headers.get(name) as string);
    response.writeHead(status);
    response.flushHeaders?.();
    if (body === null) {
      response.end();
      return;
    }
    // A client that has gone aborts the request's signal; that the body cannot be written then is no news.
    await pipeline(body, response).catch(() => {});
  };
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
