// What AWS sends for a request, and what its client gets back for the function's result: each in the shape that the
// documentation of API Gateway, of function URLs and of balancers shows.
import type {
  AlbEvent,
  HttpApiEvent,
  LambdaContext,
  LambdaEvent,
  LambdaHandler,
  LambdaResult,
  RestApiEvent,
} from "@connect-ts/runtime/lambda";

/** A sender of events: it makes one of a request, and a response of the result. */
export interface Sender {
  readonly name: string;
  event(request: Request, body: Buffer): LambdaEvent;
}

const domain = "abc123.lambda-url.eu-central-1.on.aws";
const sourceIp = "203.0.113.7";

/** Bodies that API Gateway and function URLs take for text. */
function bodyOf(request: Request, body: Buffer): { body: string | null; isBase64Encoded: boolean } {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const text = /^(text\/|application\/(json|javascript|xml))/.test(request.headers.get("content-type") ?? "");
  return { body: body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text };
}

function headersOf(request: Request): Record<string, string> {
  return {
    ...Object.fromEntries(request.headers),
    host: domain,
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
  };
}

/** Payload format 2.0. */
function httpApi(request: Request, body: Buffer, stage: string): HttpApiEvent {
  const { pathname, search } = new URL(request.url);
  const { cookie, ...headers } = headersOf(request);
  const rawPath = stage === "$default" ? pathname : `/${stage}${pathname}`;
  const http = { method: request.method, path: rawPath, protocol: "HTTP/1.1", sourceIp, userAgent: "test" };
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split("; ") }),
    headers,
    requestContext: {
      accountId: "123456789012",
      apiId: "abc123",
      domainName: domain,
      http,
      requestId: "id",
      routeKey: "$default",
      stage,
      timeEpoch: 1_583_348_638_390,
    },
    ...bodyOf(request, body),
  } as HttpApiEvent;
}

function multiple(pairs: Iterable<[string, string]>): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const [name, value] of pairs) all[name] = [...(all[name] ?? []), value];
  return all;
}

/** Payload format 1.0, whose query is decoded. */
function restApi(request: Request, body: Buffer): RestApiEvent {
  const { pathname, searchParams } = new URL(request.url);
  const headers = headersOf(request);
  return {
    resource: "/{proxy+}",
    path: pathname,
    httpMethod: request.method,
    headers,
    multiValueHeaders: multiple(Object.entries(headers)),
    queryStringParameters: searchParams.size === 0 ? null : Object.fromEntries(searchParams),
    multiValueQueryStringParameters: searchParams.size === 0 ? null : multiple(searchParams),
    pathParameters: { proxy: pathname.slice(1) },
    requestContext: { identity: { sourceIp }, path: `/prod${pathname}`, stage: "prod", httpMethod: request.method },
    ...bodyOf(request, body),
  } as RestApiEvent;
}

/** Its query is as it came. */
function alb(request: Request, body: Buffer, multiValue: boolean): AlbEvent {
  const { pathname, search } = new URL(request.url);
  const headers = { ...headersOf(request), "x-forwarded-for": `10.0.0.1, ${sourceIp}` };
  const query = search
    .slice(1)
    .split("&")
    .filter(Boolean)
    .map((pair) => pair.split("=") as [string, string]);
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/one/2" } },
    httpMethod: request.method,
    path: pathname,
    ...(multiValue
      ? { multiValueHeaders: multiple(Object.entries(headers)), multiValueQueryStringParameters: multiple(query) }
      : { headers, queryStringParameters: Object.fromEntries(query) }),
    ...bodyOf(request, body),
  } as AlbEvent;
}

export const senders: readonly Sender[] = [
  { name: "a function URL", event: (request, body) => httpApi(request, body, "$default") },
  { name: "an HTTP API with a stage", event: (request, body) => httpApi(request, body, "prod") },
  { name: "a REST API", event: restApi },
  { name: "a load balancer", event: (request, body) => alb(request, body, false) },
  { name: "a load balancer with multi-value headers", event: (request, body) => alb(request, body, true) },
];

/** A `fetch` to a function behind a sender of events. */
export function fetchThrough(
  { event }: Sender,
  handler: LambdaHandler,
  context: LambdaContext = {},
  seen: (event: LambdaEvent, result: LambdaResult) => void = () => undefined,
): (url: string, init: RequestInit) => Promise<Response> {
  return async (url, init) => {
    const request = new Request(url, { ...init, duplex: "half" } as RequestInit);
    // By JSON, as Lambda does both ways.
    const sent = JSON.parse(JSON.stringify(event(request, Buffer.from(await request.arrayBuffer()))));
    const result: LambdaResult = JSON.parse(JSON.stringify(await handler(sent, context)));
    seen(sent, result);
    return responseOf(result);
  };
}

export function responseOf({
  statusCode,
  headers,
  multiValueHeaders,
  cookies,
  body,
  isBase64Encoded,
}: LambdaResult): Response {
  const all = new Headers(headers);
  for (const [name, values] of Object.entries(multiValueHeaders ?? {}))
    for (const value of values) all.append(name, value);
  for (const cookie of cookies ?? []) all.append("set-cookie", cookie);
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  return new Response(bytes.length === 0 ? null : bytes, { status: statusCode, headers: all });
}
