import { type DescService, fromBinary, type Registry, toJson } from "@bufbuild/protobuf";
import {
  type CallOptions,
  ConnectError,
  type ErrorDetail,
  type HandlerContext,
  HeaderMap,
  type Interceptor,
  type ServerStream,
  type ServiceHandler,
  type Spec,
  type Transport,
  type UnaryCall,
} from "@connect-ts/runtime";
import { specOf } from "@connect-ts/runtime/dynamic";
import { bindClient, createServiceHandler } from "@connect-ts/runtime/transport";
import { cameBy, passResponse, requestHeaders } from "./headers.js";
import { type Passing, passingCodec } from "./passing-codec.js";

/** What the services of a gateway share. */
export interface Upstream {
  readonly transport: Transport;
  readonly interceptors: readonly Interceptor[] | undefined;
  /** The gateway's name in `Via`. */
  readonly pseudonym: string;
  readonly onUpstreamError: (error: ConnectError, spec: Spec) => void;
}

/** A service that passes every call on: whatever protocol it came by, it leaves by the transport's. */
export function forwardingHandler(service: DescService, registry: Registry, upstream: Upstream): ServiceHandler {
  const specs: { [name: string]: Spec } = {};
  const implementation: { [name: string]: unknown } = {};
  for (const method of service.methods) {
    const spec: Spec = {
      ...(specOf(method) as unknown as Spec),
      input: passingCodec(method.input, registry),
      output: passingCodec(method.output, registry),
    };
    // Names of RPCs may be those of members that all objects have.
    const name = `rpc ${method.name}`;
    specs[name] = spec;
    implementation[name] = forward(spec, upstream, registry);
  }
  return createServiceHandler(service, specs, implementation);
}

type Call = (request: unknown, options: CallOptions) => unknown;
type Forward = (request: unknown, context: HandlerContext) => unknown;

function forward(spec: Spec, upstream: Upstream, registry: Registry): Forward {
  const client = bindClient(upstream.transport, { interceptors: upstream.interceptors });
  const single = async (call: Call, request: unknown, context: HandlerContext): Promise<Passing> => {
    try {
      const { response } = call(request, optionsOf(context, upstream)) as UnaryCall<Passing>;
      const { message, headers, trailers } = await response;
      passResponse(headers, context.responseHeaders);
      passResponse(trailers, context.responseTrailers);
      return message;
    } catch (reason) {
      throw passedOn(reason, spec, upstream, registry);
    }
  };
  const stream = async function* (call: Call, request: unknown, context: HandlerContext): AsyncGenerator<Passing> {
    try {
      const responses = call(request, optionsOf(context, upstream)) as ServerStream<Passing>;
      // The trailers of a call that failed come with its error.
      responses.trailers.catch(() => undefined);
      passResponse(await responses.headers, context.responseHeaders);
      context.sendHeaders();
      yield* responses;
      passResponse(await responses.trailers, context.responseTrailers);
    } catch (reason) {
      throw passedOn(reason, spec, upstream, registry);
    }
  };
  switch (spec.kind) {
    case "unary":
      return (request, context) => single(client.unary(spec) as Call, request, context);
    case "client_streaming":
      return (request, context) => single(client.clientStreaming(spec) as Call, request, context);
    case "server_streaming":
      return (request, context) => stream(client.serverStreaming(spec) as Call, request, context);
    case "bidi_streaming":
      return (request, context) => stream(client.bidiStreaming(spec) as Call, request, context);
  }
}

/** @throws ConnectError for a call that goes in a circle */
function optionsOf(context: HandlerContext, { pseudonym }: Upstream): CallOptions {
  if (cameBy(context.requestHeaders, pseudonym)) {
    throw new ConnectError("failed_precondition", "the call has come by this gateway before: it is its own upstream");
  }
  const { address = "unknown" } = context.peer;
  // The caller's deadline and cancellation hold for the call that is made for it.
  return { headers: requestHeaders(context.requestHeaders, address, pseudonym), parent: context };
}

/** Ends that the caller has made: its deadline, or that it left. */
const ofCallers: ReadonlySet<string> = new Set(["canceled", "deadline_exceeded"]);

/** An error of the upstream as the gateway's own, since those of others are hidden from clients. */
function passedOn(reason: unknown, spec: Spec, { onUpstreamError }: Upstream, registry: Registry): unknown {
  if (!(reason instanceof ConnectError)) return reason;
  const { code, details, isRemote, rawMessage } = reason;
  if (!isRemote && !ofCallers.has(code)) onUpstreamError(reason, spec);
  // What the network says names machines that the caller should not know.
  const isNetwork = !isRemote && code === "unavailable";
  const metadata = new HeaderMap();
  passResponse(reason.metadata, metadata);
  return new ConnectError(code, isNetwork ? "the connection to the upstream server failed" : rawMessage, {
    details: details.map((detail) => readable(detail, registry)),
    metadata,
    cause: reason,
  });
}

/** A detail with what people read of it in JSON, as servers of that protocol send it. */
function readable(detail: ErrorDetail, registry: Registry): ErrorDetail {
  const schema = registry.getMessage(detail.type);
  if (schema === undefined || detail.debug !== undefined) return detail;
  try {
    return { ...detail, debug: toJson(schema, fromBinary(schema, detail.value), { registry }) };
  } catch {
    // A detail is advice: one that does not decode must not hide the error that carries it.
    return detail;
  }
}
