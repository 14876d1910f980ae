import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
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

/** The longest delay that timers take without overflow: 2^31 - 1 ms. A longer deadline is the server's matter. */
const maxDelayMs = 0x7fff_ffff;

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
  return (request, { headers, signal, timeoutMs = options.timeoutMs ?? Number.POSITIVE_INFINITY } = {}) => {
    const aborter = new AbortController();
    let release = (): void => undefined;
    const result = new Promise<O>((resolve, reject) => {
      const cancel = (error: ConnectError): void => {
        reject(error);
        // Nobody wants the rest of the response.
        aborter.abort(error);
      };
      const expired = (): void => cancel(new ConnectError("deadline_exceeded", "the deadline of the call has passed"));
      const canceled = (): void => cancel(ConnectError.from(signal?.reason, "canceled"));
      if (signal?.aborted === true) return canceled();
      if (timeoutMs <= 0) return expired();
      const timer = timeoutMs <= maxDelayMs ? setTimeout(expired, timeoutMs) : undefined;
      signal?.addEventListener("abort", canceled);
      release = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", canceled);
      };
      roundTrip(spec, options, headers, timeoutMs, aborter.signal, request).then(resolve, (error: unknown) =>
        cancel(ConnectError.from(error, "internal")),
      );
    });
    // Also: a failed call that nobody looks at must not end a process.
    result.then(release, release);
    return result;
  };
}

async function roundTrip<I, O>(
  { procedure, input, output }: Spec<I, O, "unary", unknown>,
  { baseUrl, codec = binary(), headers, readMaxBytes = defaultReadMaxBytes, fetch }: FetchRpcOptions,
  own: HeaderMapInit | undefined,
  timeoutMs: number,
  signal: AbortSignal,
  request: unknown,
): Promise<O> {
  const contentType = `application/${codec.name}`;
  const fields = new HeaderMap(headers);
  for (const [name, value] of new HeaderMap(own)) fields.set(name, value);
  fields.set("content-type", contentType);
  fields.set("connect-protocol-version", "1");
  const timeout = encodeConnectTimeout(timeoutMs);
  if (timeout !== undefined) fields.set("connect-timeout-ms", timeout);

  const body = codec.encode(input.create(request), input, 0) as Uint8Array<ArrayBuffer>;
  const init: RequestInit = {
    method: "POST",
    body,
    headers: [...fields],
    // Following a redirect would send the call's headers to whatever server it names.
    redirect: "manual",
    signal,
  };
  // Looked up at each call: tools that watch or mock `fetch` replace the global one.
  const response = await network((fetch ?? globalThis.fetch)(baseUrl.replace(/\/+$/, "") + procedure, init));
  const metadata = new HeaderMap();
  response.headers.forEach((value, name) => {
    metadata.list.push(name.replace(/^trailer-/, ""), value);
  });
  const { status } = response;
  const type = mediaType(response.headers.get("content-type") ?? "");
  const message =
    status === 200
      ? `the response is no ${contentType}`
      : // Browsers hide what a redirect is.
        `the server answered with ${status === 0 ? "a redirect" : `HTTP status ${status}`}`;
  const code = status === 200 && type.startsWith("application/") ? "internal" : codeFromHttpStatus(status);
  if (type !== (status === 200 ? contentType : "application/json")) {
    throw ConnectError.remote(code, message, { metadata });
  }
  const bytes = await read(response, readMaxBytes);
  if (status !== 200) throw errorFromJson(parseJson(bytes), code, metadata, message);
  try {
    return codec.decode(bytes, 0, bytes.length, output);
  } catch (cause) {
    throw new ConnectError("internal", `cannot decode a ${output.typeName} from ${codec.name}`, { cause });
  }
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
