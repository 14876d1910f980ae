// A file of its own: for those who put a transport of their own on it.
import type { Router } from "../handler/router.js";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { Deliveries } from "./lane.js";
import { ClientSide, InProcessStream, inProcessOrigin } from "./stream.js";

/** An HTTP stack that reaches a router in this process through memory, and can do what HTTP/2 can. */
export function createInProcessHttpClient(router: Router): HttpClient {
  const deliveries = new Deliveries();
  let closed = false;
  return {
    origin: inProcessOrigin,
    request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
      const stream = new InProcessStream(router, deliveries, head, sink);
      if (closed) {
        stream.breakOff(() => sink.error({ reason: "lost", message: "the transport is closed" }));
      }
      return new ClientSide(stream);
    },
    close() {
      closed = true;
    },
  };
}
