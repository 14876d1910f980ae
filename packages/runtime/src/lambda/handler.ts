import { checkOption } from "../check-options.js";
import { ConnectError } from "../error/connect-error.js";
import { errorResponse } from "../fetch/error-response.js";
import { type FetchHandler, type FetchHandlerOptions, limitedFetchHandler } from "../fetch/handler.js";
import type { Route } from "../handler/route/route.js";
import type { ServiceHandler } from "../handler/types.js";
import { addressOf, kindOf, type LambdaContext, type LambdaEvent, requestOf } from "./event.js";
import { bodyMaxBytes, type LambdaResult, readBody, resultOf } from "./result.js";
import { platformStreaming, writeResponse } from "./streaming.js";

/** What `fallback` and `address` get beside the request. */
type Platform = readonly [event: LambdaEvent, context: LambdaContext];

/** Options of {@link lambdaHandler}: those of `fetchHandler`, and one more. */
export interface LambdaHandlerOptions
  extends Omit<FetchHandlerOptions<readonly [event: LambdaEvent, context: LambdaContext]>, "fullDuplex"> {
  /**
   * Whether responses are streamed, by `awslambda.streamifyResponse`. The function URL needs the invoke mode
   * `RESPONSE_STREAM` for it, a REST API the response transfer mode `STREAM`; HTTP APIs and balancers cannot. Where the
   * runtime has no `awslambda`, as in tests, responses are whole.
   *
   * @default false
   */
  readonly streaming?: boolean | undefined;
}

/** What a Lambda function exports as its handler. When it streams, Lambda's runtime calls it in another way and takes no result. */
export type LambdaHandler = (event: LambdaEvent, context: LambdaContext) => Promise<LambdaResult>;

/** What Lambda called the function with. */
export interface LambdaInvocation {
  readonly event: LambdaEvent;
  readonly context: LambdaContext;
}

/** What is left of the remaining time for the answer itself. */
const answerMs = 250;

const invocations = new WeakMap<object, LambdaInvocation>();

/**
 * Serves services as an AWS Lambda function: behind a function URL, an HTTP API or REST API of API Gateway, or an
 * Application Load Balancer. Connect and gRPC-Web; gRPC needs trailers, which none of these pass on, and is answered with
 * `unimplemented`. Calls end with `deadline_exceeded` shortly before Lambda ends the invocation.
 *
 * @throws TypeError when a service is given twice, or an option is bad. The function it returns rejects with a TypeError for
 * an event that is no HTTP request.
 *
 * @example
 * export const handler = lambdaHandler([elizaHandler]);
 */
export function lambdaHandler(
  handlers: readonly (ServiceHandler | Route)[],
  options: LambdaHandlerOptions = {},
): LambdaHandler {
  const { streaming = false, ...others } = options;
  checkOption("streaming of lambdaHandler", streaming, "boolean");
  const handler = limitedFetchHandler<Platform>(
    "lambdaHandler",
    handlers,
    { address: (_request, event) => addressOf(event), ...others, fullDuplex: false },
    (_event, context) => timeLeft(context),
  );
  const platform = streaming ? platformStreaming() : undefined;
  if (platform === undefined) return (event, context) => answer(handler, options, event, context);
  return platform.streamifyResponse(async (event, stream, context) => {
    kindOf(event);
    await writeResponse(await respond(handler, event, context), stream, platform);
  });
}

/**
 * The event and context of Lambda that a call came by, in a handler, its interceptors or its routes; `undefined` when it
 * came by something else. Authorizers of API Gateway leave what they found in `event.requestContext`.
 *
 * @param context - the handler's context
 */
export function lambdaInvocation(context: { readonly request: unknown }): LambdaInvocation | undefined {
  return typeof context.request === "object" && context.request !== null ? invocations.get(context.request) : undefined;
}

function timeLeft(context: LambdaContext | undefined): number | undefined {
  const left = context?.getRemainingTimeInMillis?.();
  return left === undefined ? undefined : Math.max(1, left - answerMs);
}

async function respond(
  handler: FetchHandler<Platform>,
  event: LambdaEvent,
  context: LambdaContext,
  request?: Request,
): Promise<Response> {
  let asked = request;
  try {
    asked ??= requestOf(event);
  } catch (reason) {
    return new Response(`${(reason as Error).message}\n`, { status: 400 });
  }
  invocations.set(asked, { event, context });
  return handler(asked, event, context);
}

async function answer(
  handler: FetchHandler<Platform>,
  options: LambdaHandlerOptions,
  event: LambdaEvent,
  context: LambdaContext,
): Promise<LambdaResult> {
  const kind = kindOf(event);
  const multiValue = "multiValueHeaders" in event;
  const response = await respond(handler, event, context);
  const maxBytes = bodyMaxBytes(kind);
  const body = await readBody(response, maxBytes);
  if (body !== undefined) return resultOf(response, body, kind, multiValue);
  const refused = tooLarge(event, response, maxBytes, options);
  return resultOf(refused, (await readBody(refused, maxBytes)) as [string, boolean], kind, multiValue);
}

/** Lambda itself would answer 502, and say nothing to the client. */
function tooLarge(
  event: LambdaEvent,
  { headers }: Response,
  maxBytes: number,
  { protocols }: LambdaHandlerOptions,
): Response {
  const text = `the response has more than the ${maxBytes} bytes that Lambda takes: send less, or stream it, with the option "streaming"`;
  const error = new ConnectError("resource_exhausted", text);
  const refused = errorResponse(requestOf(event), error, protocols) ?? new Response(`${text}\n`, { status: 500 });
  // Pages of other origins may read the error only with what CORS said.
  for (const [name, value] of headers) {
    if (name.startsWith("access-control-") || name === "vary") refused.headers.set(name, value);
  }
  return refused;
}
