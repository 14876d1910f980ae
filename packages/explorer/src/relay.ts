import {
  binary,
  type Codec,
  ConnectError,
  connectHandlerProtocol,
  HeaderMap,
  type ServiceHandler,
} from "@connect-ts/runtime";
import {
  createRoute,
  type HandlerExchange,
  type HandlerSetup,
  type HttpRequestSink,
  type HttpServerRequest,
  type Route,
  type RouteAnswer,
  type RouteContext,
  type RouteRequest,
} from "@connect-ts/runtime/transport";

/** What a service has not read yet of the messages that were sent to it, in bytes: no more are taken above it. */
const maxHeldBytes = 4 * 1024 * 1024;

const connect = connectHandlerProtocol();

/**
 * Runs calls for the page. A browser can send no message after the response has begun, so the messages of a stream come by requests of their
 * own, and go into the call that is open. All kinds of RPCs take the form of Connect's streams, in binary, whatever the service itself speaks.
 */
export class Relay {
  /** Those whose messages are still to come, by the names that the page has given them. */
  readonly open: Map<string, OpenCall> = new Map();
  /** Takes a message to a call, or ends its messages. */
  readonly sends: Route = createRoute("POST", "/*", (request) => this.send(request), { maxBytes: maxHeldBytes });

  /** A call. Its request's body has the first messages. `undefined` when another call has the same name. */
  call(
    handler: ServiceHandler,
    procedure: string,
    { headers }: HttpServerRequest,
    context: RouteContext,
  ): HttpRequestSink | undefined {
    const name = headers.get("explorer-call");
    if (name !== null && this.open.has(name)) return undefined;
    const call = new OpenCall();
    const setup = {
      "content-type": "application/connect+proto",
      "connect-timeout-ms": headers.get("connect-timeout-ms"),
    };
    // The handler sees the headers, and these are no part of its call.
    for (const own of ["explorer-token", "explorer-call", "connect-timeout-ms"]) headers.delete(own);
    const sink = context.call(handler, procedure, (given) => exchangeOf(given, setup, call.codec));
    if (name === null) return sink;
    this.open.set(name, call);
    call.sink = sink;
    return {
      streaming: true,
      data(chunk) {
        call.held += chunk.length;
        sink.data(chunk);
      },
      end() {},
      error: (failure) => sink.error(failure),
      drain: () => sink.drain(),
      closed: () => {
        this.open.delete(name);
        sink.closed();
      },
    };
  }

  async send(request: RouteRequest): Promise<RouteAnswer> {
    const name = request.path.slice(request.path.lastIndexOf("/") + 1);
    const message = await request.bytes();
    const call = this.open.get(name);
    if (call === undefined) throw new ConnectError("not_found", "the call is over, or runs in another process");
    if (request.headers.get("explorer-end") !== null) call.sink?.end();
    else call.send(message);
    return { status: 204 };
  }
}

/** A call that takes further messages. */
class OpenCall {
  sink: HttpRequestSink | undefined = undefined;
  held = 0;
  readonly codec: Codec;

  constructor() {
    const { name, text, encode, decode } = binary();
    this.codec = {
      name,
      text,
      encode,
      decode: (bytes, start, end, type, decodedMaxBytes) => {
        this.held -= prefixBytes + end - start;
        return decode(bytes, start, end, type, decodedMaxBytes);
      },
    };
  }

  send(message: Uint8Array): void {
    if (this.held + message.length > maxHeldBytes) {
      throw new ConnectError(
        "resource_exhausted",
        `the service has not read ${this.held} bytes of earlier messages yet`,
      );
    }
    const envelope = new Uint8Array(prefixBytes + message.length);
    new DataView(envelope.buffer).setUint32(1, message.length);
    envelope.set(message, prefixBytes);
    this.held += envelope.length;
    this.sink?.data(envelope);
  }
}

/** A byte of flags and the length: https://connectrpc.com/docs/protocol, "Streaming-Request". */
const prefixBytes = 5;

/** The request as Connect sees it: a stream, whatever the kind of the RPC is. */
function exchangeOf(
  setup: HandlerSetup,
  headers: { readonly [name: string]: string | null },
  codec: Codec,
): HandlerExchange {
  const given = Object.entries(headers).filter((header): header is [string, string] => header[1] !== null);
  const exchange = connect.accept(
    { method: "POST", query: "", headers: new HeaderMap(given) },
    { spec: { ...setup.spec, kind: "bidi_streaming" }, codecs: [codec], compressions: [] },
  );
  if (exchange === undefined) throw new TypeError("Connect does not take its own content type");
  return exchange;
}
