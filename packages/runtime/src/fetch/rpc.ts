import type { Message, MessageInitShape } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { signalRule, timeLeft } from "../call/lifetime.js";
import type { Spec } from "../call/spec.js";
import { bytes, checkOptions, deadline, memory } from "../check-options.js";
import { confidential } from "../error/confidential.js";
import { ConnectError } from "../error/connect-error.js";
import { joinBytes } from "../http/bytes.js";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { defaultDecodedMaxBytes } from "../message/decoded-size.js";
import { defaultReadMaxBytes } from "../message/limits.js";
import { errorFromJson, parseJson } from "../protocol/connect/error-json.js";
import { encodeConnectTimeout } from "../protocol/connect/timeout.js";
import { mediaType } from "../protocol/shared/content-type.js";
import { codeFromHttpStatus } from "../protocol/shared/http-status.js";
import { after, cancel as cancelTimer } from "../time.js";
import { crossOriginHint, noPage, noPageText, resolveBaseUrl } from "./base-url.js";

/** The longest delay that timers take without overflow: 2^31 - 1 ms. A longer deadline is the server's matter. */
const maxDelayMs = 0x7fff_ffff;

/** Options of {@link createFetchRpc}. */
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
  /** What a response message may take in memory, in bytes, by an estimate of its objects, lists and strings; `Infinity` is no limit. @default 16 times `readMaxBytes`, and 65536 at least */
  readonly decodedMaxBytes?: number | undefined;
  /** What to fetch with: one that adds to each request, or a fake. @default `globalThis.fetch` */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** Options of one call. */
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
 * @throws TypeError when `baseUrl` is neither an http or https URL nor a path
 *
 * @example
 * const say = createFetchRpc(elizaServiceSpecs.say, { baseUrl: "/" });
 * const { sentence } = await say({ sentence: "hi" });
 */
export function createFetchRpc<I extends Message, O>(
  spec: Spec<I, O, "unary", unknown>,
  options: FetchRpcOptions,
): FetchRpc<I, O> {
  const own = checkOptions("createFetchRpc", options, {
    baseUrl: "string",
    codec: "object",
    headers: "object",
    timeoutMs: deadline,
    readMaxBytes: bytes,
    decodedMaxBytes: memory,
    fetch: "function",
  });
  const resolved = { ...own, baseUrl: resolveBaseUrl(own.baseUrl).href };
  return (request, call) => {
    const aborter = new AbortController();
    let release = (): void => undefined;
    const result = new Promise<O>((resolve, reject) => {
      const cancel = (reason: unknown): void => {
        const error = ConnectError.from(reason, "internal");
        if (error.procedure === undefined && Object.isExtensible(error)) {
          (error as { procedure?: string }).procedure = spec.procedure;
          // Of an error's text and stack a browser's console shows the frames for sure.
          error.stack += `\n    at a call of ${spec.procedure}`;
        }
        reject(error);
        // Nobody wants the rest of the response.
        aborter.abort(error);
      };
      try {
        const given = call ?? {};
        checkOptions("a call", given, { headers: "object", signal: signalRule, timeoutMs: timeLeft });
        const { headers, signal, timeoutMs = options.timeoutMs ?? Number.POSITIVE_INFINITY } = given;
        const expired = (): void =>
          cancel(new ConnectError("deadline_exceeded", `the deadline of ${timeoutMs} ms has passed`));
        const canceled = (): void => cancel(ConnectError.from(signal?.reason, "canceled"));
        if (signal?.aborted === true) return canceled();
        if (timeoutMs <= 0) return expired();
        signal?.addEventListener("abort", canceled);
        const timer = timeoutMs <= maxDelayMs ? after(timeoutMs, expired) : undefined;
        release = () => {
          cancelTimer(timer);
          signal?.removeEventListener("abort", canceled);
        };
        roundTrip(spec, resolved, headers, timeoutMs, aborter.signal, request).then(resolve, cancel);
      } catch (error) {
        cancel(error);
      }
    });
    // Also: a failed call that nobody looks at must not end a process.
    result.then(release, release);
    return result;
  };
}

async function roundTrip<I, O>(
  { procedure, input, output }: Spec<I, O, "unary", unknown>,
  {
    baseUrl,
    codec = binary(),
    headers,
    readMaxBytes = defaultReadMaxBytes,
    decodedMaxBytes = defaultDecodedMaxBytes(readMaxBytes),
    fetch,
  }: FetchRpcOptions,
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
  let url = baseUrl.replace(/\/+$/, "") + procedure;
  if (url.startsWith(noPage)) {
    if (fetch === undefined) throw new ConnectError("unimplemented", noPageText);
    url = url.slice(noPage.length);
  }
  const response = await network(() => (fetch ?? globalThis.fetch)(url, init), url);
  if (typeof response?.status !== "number") throw new ConnectError("internal", "fetch returned no Response");
  const metadata = new HeaderMap();
  response.headers.forEach((value, name) => {
    metadata.list.push(name.replace(/^trailer-/, ""), value);
  });
  const { status } = response;
  const type = mediaType(response.headers.get("content-type") ?? "");
  const message =
    status === 200
      ? `expected ${contentType}, got ${type.slice(0, 60)}`
      : // Browsers hide what a redirect is.
        `the server answered with ${status === 0 ? "a redirect" : `HTTP status ${status}`}`;
  const code = status === 200 && type.startsWith("application/") ? "internal" : codeFromHttpStatus(status);
  if (type !== (status === 200 ? contentType : "application/json")) {
    throw ConnectError.remote(code, message, { metadata });
  }
  const bytes = await read(response, readMaxBytes);
  if (status !== 200) throw errorFromJson(parseJson(bytes), code, metadata, message);
  try {
    return codec.decode(bytes, 0, bytes.length, output, decodedMaxBytes);
  } catch (cause) {
    if (cause instanceof ConnectError) throw cause;
    throw new ConnectError("internal", `cannot decode a ${output.typeName} from ${codec.name}`, { cause });
  }
}

async function read(response: Response, maxBytes: number): Promise<Uint8Array> {
  // React Native's fetch has no streams: the body comes in one piece.
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(await network(() => response.arrayBuffer()));
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await network(() => reader.read());
    if (done) return joinBytes(parts);
    size += value.length;
    if (size > maxBytes) {
      throw new ConnectError("resource_exhausted", `the response is larger than ${maxBytes} bytes (readMaxBytes)`);
    }
    parts.push(value);
  }
}

/** What the platform says about a failed request is for this side only. */
async function network<T>(ask: () => Promise<T>, url?: string): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const text = `the HTTP request failed: ${ConnectError.from(cause).rawMessage.slice(0, 300)}${crossOriginHint(cause, url)}`;
    throw confidential(new ConnectError("unavailable", text, { cause }));
  }
}
