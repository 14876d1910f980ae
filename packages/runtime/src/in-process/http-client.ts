import type { Router } from "../handler/router.js";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { ClientSide, Exchange, inProcessOrigin } from "./exchange.js";
import { Turns } from "./turns.js";

/** An HTTP stack that reaches a router in this process through memory, and can do what HTTP/2 can. */
export function createInProcessHttpClient(router: Router): HttpClient {
  const turns = new Turns();
  let closed = false;
  return {
    origin: inProcessOrigin,
    request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
      const exchange = new Exchange(router, turns, head, sink);
      if (closed) {
        exchange.breakOff(() => sink.error({ reason: "connect", message: "the transport is closed" }));
      }
      return new ClientSide(exchange);
    },
    close() {
      closed = true;
    },
  };
}
