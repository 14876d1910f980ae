import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { decodePayload } from "../call/decode-message.js";
import { Lifetime } from "../call/lifetime.js";
import type { Spec } from "../call/spec.js";
import { confidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { defaultReadMaxBytes } from "../message/limits.js";
import { errorFromJson, parseJson } from "../protocol/connect/error-json.js";
import { encodeConnectTimeout } from "../protocol/connect/timeout.js";
import { mediaType } from "../protocol/shared/content-type.js";
import { codeFromHttpStatus } from "../protocol/shared/http-status-table.js";
import { joinBytes } from "./join-bytes.js";

/** What {@link createFetchRpc} can be given. */
export interface FetchRpcOptions {
  /** Where the server is, with a path when the services are mounted below one; in a browser `"/"` is the page's own. */
  readonly baseUrl: string;
  /** @default `binary()` */
  readonly codec?: Codec | undefined;
  /** Headers for every call. */
  readonly headers?: HeaderMapInit | undefined;
  /** A deadline for calls that are given none, in milliseconds. @default none */
  readonly timeoutMs?: number | undefined;
  /** The largest response message to accept, in bytes. @default 4194304 */
  readonly readMaxBytes?: number | undefined;
  /** What to fetch with: one that adds to each request, or a fake. @default `globalThis.fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** What one call can be given. */
export interface FetchRpcCallOptions {
  /** Headers to send; they replace those of every call with the same name. */
  readonly headers?: HeaderMapInit | undefined;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline, in milliseconds from now. @default the `timeoutMs` of all calls */
  readonly timeoutMs?: number | undefined;
}

/** A unary RPC as a function. @throws ConnectError (as a rejection) when the call fails */
export type FetchRpc<I extends Message, O> = (
  request: MessageInitShape<GenMessage<I>>,
  options?: FetchRpcCallOptions,
) => Promise<O>;

/**
 * Makes one unary RPC a function, over `fetch` and with the Connect protocol: for a page that makes few
 * calls and counts kilobytes. It has deadlines, cancellation, errors and the read limit of a client;
 * it has no interceptors, request compression, GET, streams or other protocols.
 *
 * @example
 * const say = createFetchRpc(elizaServiceSpecs.say, { baseUrl: "/" });
 * const { sentence } = await say({ sentence: "hi" });
 */
export function createFetchRpc<I extends Message, O>(
  spec: Spec<I, O, "unary", unknown>,
  options: FetchRpcOptions,
): FetchRpc<I, O> {
  return (request, call) => {
    const lifetime = new Lifetime();
    const result = new Promise<O>((resolve, reject) => {
      lifetime.onCancel(reject);
      const timeoutMs = call?.timeoutMs ?? options.timeoutMs;
      if (timeoutMs !== undefined) lifetime.setTimeoutMs(timeoutMs);
      if (call?.signal !== undefined) lifetime.follow(call.signal);
      if (lifetime.over) return;
      roundTrip(spec, options, call?.headers, lifetime, request).then(
        (message) => {
          lifetime.finish();
          resolve(message);
        },
        // It also aborts the request: nobody wants the rest of the response.
        (error: unknown) => lifetime.cancel(ConnectError.from(error, "internal")),
      );
    });
    // A failed call that nobody looks at must not end a process.
    result.catch(() => undefined);
    return result;
  };
}

async function roundTrip<I, O>(
  { procedure, input, output }: Spec<I, O, "unary", unknown>,
  { baseUrl, codec = binary(), headers, readMaxBytes = defaultReadMaxBytes, fetch }: FetchRpcOptions,
  own: HeaderMapInit | undefined,
  lifetime: Lifetime,
  request: unknown,
): Promise<O> {
  const contentType = `application/${codec.name}`;
  const fields = new HeaderMap(headers);
  for (const name of new Set(new HeaderMap(own).names())) fields.delete(name);
  fields.list.push(...new HeaderMap(own).list);
  fields.set("content-type", contentType);
  fields.set("connect-protocol-version", "1");
  const timeout = encodeConnectTimeout(lifetime.timeoutMs() ?? Number.POSITIVE_INFINITY);
  if (timeout !== undefined) fields.set("connect-timeout-ms", timeout);

  const body = codec.encode(input.create(request), input, 0) as Uint8Array<ArrayBuffer>;
  const init: RequestInit = {
    method: "POST",
    body,
    headers: [...fields],
    // Following a redirect would send the call's headers to whatever server it names.
    redirect: "manual",
    signal: lifetime.signal,
  };
  const url = baseUrl.replace(/\/+$/, "") + procedure;
  // Looked up at each call: tools that watch or mock `fetch` replace the global one.
  const response = await network((fetch ?? globalThis.fetch)(url, init));
  const metadata = new HeaderMap();
  response.headers.forEach((value, name) => {
    metadata.list.push(name.replace(/^trailer-/, ""), value);
  });
  const { status } = response;
  const type = mediaType(metadata.get("content-type") ?? "");
  const fail = (code: ConnectError["code"], message: string): ConnectError =>
    ConnectError.remote(code, message, { metadata });

  if (status !== 200) {
    // Browsers hide what a redirect is.
    const message = `the server answered with ${status === 0 ? "a redirect" : `HTTP status ${status}`}`;
    const code = codeFromHttpStatus(status);
    if (type !== "application/json") throw fail(code, message);
    throw errorFromJson(parseJson(await read(response, readMaxBytes)), code, metadata, message);
  }
  if (type !== contentType) {
    throw fail(type.startsWith("application/") ? "internal" : "unknown", `the response is no ${contentType}`);
  }
  const bytes = await read(response, readMaxBytes);
  return decodePayload(bytes, 0, bytes.length, { type: output, codec, maxBytes: readMaxBytes, invalid: "internal" });
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  // React Native's fetch has no streams: the body comes in one piece.
  const reader = response.body?.getReader();
  if (reader === undefined) return response.body === null ? new Uint8Array() : bytesOf(response);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await network(reader.read());
    if (done) return joinBytes(parts);
    size += value.length;
    if (size > maxBytes) {
      throw new ConnectError("resource_exhausted", `the response is larger than ${maxBytes} bytes (readMaxBytes)`);
    }
    parts.push(value);
  }
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await network(response.arrayBuffer()));
}

/** What the platform says of a broken exchange is for this side alone. */
function network<T>(promise: Promise<T>): Promise<T> {
  return promise.catch((cause: unknown) => {
    throw confidential(new ConnectError("unavailable", `the exchange broke: ${cause}`.slice(0, 300), { cause }));
  });
}
