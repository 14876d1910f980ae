import { decodeBase64 } from "../http/base64.js";

/** What an HTTP API of API Gateway and a function URL send: payload format 2.0. Of its fields, those that are read here. */
export interface HttpApiEvent {
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly rawPath: string;
  readonly rawQueryString?: string | undefined;
  readonly cookies?: readonly string[] | undefined;
  /** Values of a repeated name are joined by commas. */
  readonly headers?: { readonly [name: string]: string | undefined } | undefined;
  readonly requestContext: {
    readonly http: { readonly method: string; readonly sourceIp?: string | undefined };
    readonly stage?: string | undefined;
  };
}

/** What a REST API of API Gateway sends: payload format 1.0. An HTTP API can be set to it too. */
export interface RestApiEvent {
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly httpMethod: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string | undefined } | null | undefined;
  readonly multiValueHeaders?: { readonly [name: string]: readonly string[] | undefined } | null | undefined;
  readonly queryStringParameters?: { readonly [name: string]: string | undefined } | null | undefined;
  readonly multiValueQueryStringParameters?:
    | { readonly [name: string]: readonly string[] | undefined }
    | null
    | undefined;
  readonly requestContext: { readonly identity?: { readonly sourceIp?: string | undefined } | undefined };
}

/** What an Application Load Balancer sends. */
export interface AlbEvent extends Omit<RestApiEvent, "requestContext"> {
  readonly requestContext: { readonly elb: object };
}

export type LambdaEvent = HttpApiEvent | RestApiEvent | AlbEvent;

/** What Lambda passes beside the event. Of its members, what is used here. */
export interface LambdaContext {
  /** The time until Lambda ends the invocation. */
  getRemainingTimeInMillis?(): number;
}

/** The kinds of events differ in how they want their answer. */
export type EventKind = "http-api" | "rest-api" | "alb";

/** @throws TypeError for an event that is no HTTP request */
export function kindOf(event: LambdaEvent): EventKind {
  const { requestContext, httpMethod } = (event ?? {}) as {
    readonly requestContext?: { readonly http?: unknown; readonly elb?: unknown } | null;
    readonly httpMethod?: unknown;
  };
  if (typeof requestContext?.http === "object" && requestContext.http !== null) return "http-api";
  if (typeof httpMethod === "string") return requestContext?.elb === undefined ? "rest-api" : "alb";
  throw new TypeError(
    "the event is not an HTTP request: it has neither requestContext.http nor httpMethod. lambdaHandler() answers events of function URLs, HTTP APIs, REST APIs and Application Load Balancers",
  );
}

/** The request of an event. @throws TypeError where the event's method, headers or body cannot be in a request */
export function requestOf(event: LambdaEvent): Request {
  const newer = "httpMethod" in event ? undefined : event;
  const older = newer === undefined ? (event as RestApiEvent | AlbEvent) : undefined;
  const method = newer?.requestContext.http.method ?? older?.httpMethod ?? "";
  const headers = headersOf(event);
  const target = newer === undefined ? olderTarget(older as RestApiEvent | AlbEvent) : newerTarget(newer);
  const host = headers.get("host") ?? "";
  const proto = headers.get("x-forwarded-proto") === "http" ? "http" : "https";
  const origin = `${proto}://${/^[\w.:[\]-]+$/.test(host) ? host : "localhost"}`;
  const bodyless = method === "GET" || method === "HEAD";
  return new Request(origin + target, { method, headers, body: bodyless ? null : bodyOf(event) });
}

/** The client's address, as the event's own infrastructure saw it. */
export function addressOf(event: LambdaEvent): string | undefined {
  const context = event.requestContext as {
    readonly http?: { readonly sourceIp?: string };
    readonly identity?: { readonly sourceIp?: string };
    readonly elb?: object;
  };
  // A balancer adds the address behind what the client may have written.
  if (context.elb !== undefined) return headersOf(event).get("x-forwarded-for")?.split(",").at(-1)?.trim();
  return context.http?.sourceIp ?? context.identity?.sourceIp;
}

function headersOf(event: LambdaEvent): Headers {
  const headers = new Headers();
  const { multiValueHeaders } = event as RestApiEvent;
  for (const [name, value] of pairsOf(multiValueHeaders ?? event.headers)) headers.append(name, value);
  const { cookies } = event as HttpApiEvent;
  if (cookies !== undefined && cookies.length > 0) headers.set("cookie", cookies.join("; "));
  return headers;
}

function pairsOf(
  values: { readonly [name: string]: string | readonly string[] | undefined } | null | undefined,
): [name: string, value: string][] {
  return Object.entries(values ?? {}).flatMap(([name, value = []]) =>
    (typeof value === "string" ? [value] : value).map((one): [string, string] => [name, one]),
  );
}

/** The path has the stage in front, but for the stage `$default`. */
function newerTarget({ rawPath, rawQueryString = "", requestContext }: HttpApiEvent): string {
  const { stage = "$default" } = requestContext;
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return withQuery(path, rawQueryString);
}

function olderTarget(event: RestApiEvent | AlbEvent): string {
  const { multiValueQueryStringParameters: many, queryStringParameters: single } = event;
  // API Gateway has decoded them, a balancer has not.
  const encode = "elb" in event.requestContext ? (text: string): string => text : encodeURIComponent;
  const query = pairsOf(many ?? single).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return withQuery(event.path, query.join("&"));
}

function withQuery(path: string, query: string): string {
  const safe = path.replace(/[?#]/g, encodeURIComponent);
  return `${safe.startsWith("/") ? "" : "/"}${safe}${query === "" ? "" : `?${query}`}`;
}

function bodyOf({ body, isBase64Encoded }: LambdaEvent): string | Uint8Array<ArrayBuffer> | null {
  if (typeof body !== "string" || isBase64Encoded !== true) return body ?? null;
  const bytes = decodeBase64(body);
  if (bytes === undefined) throw new TypeError("the event says that its body is base64, and it is not");
  return bytes as Uint8Array<ArrayBuffer>;
}
