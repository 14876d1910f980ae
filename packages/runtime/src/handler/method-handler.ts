import type { DecodeOptions } from "../call/decode-message.js";
import type { Interceptor } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import { checkOptions } from "../check-options.js";
import type { Compression } from "../framing/compression.js";
import { isPromiseLike } from "../http/awaitable.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { defaultDecodedMaxBytes } from "../message/decoded-size.js";
import { json } from "../message/json-codec.js";
import { defaultReadMaxBytes, defaultSendMaxBytes, defaultSendMaxHeaders } from "../message/limits.js";
import type { HandlerProtocol, HandlerSetup } from "../protocol/protocol.js";
import { connectOnly, methodRules } from "./option-rules.js";
import { servedProtocols } from "./protocols.js";
import type { Implementation, ServiceMethod } from "./service-handler.js";
import type { HandlerOptions } from "./types.js";

/** An RPC with its options resolved: everything that its calls share. */
export interface MethodHandler {
  readonly spec: Spec;
  /** One request message, one response message. */
  readonly singleRequest: boolean;
  readonly singleResponse: boolean;
  readonly implementation: Implementation;
  readonly context: ServiceMethod["options"]["context"];
  readonly interceptors: readonly Interceptor[];
  readonly protocols: readonly HandlerProtocol[];
  readonly setup: HandlerSetup;
  readonly compressMinBytes: number | undefined;
  readonly readMaxBytes: number;
  readonly limits: DecodeLimits;
  readonly decodings: ReadonlyMap<Codec, DecodeOptions<unknown>>;
  readonly sendMaxBytes: number;
  readonly sendMaxHeaderBytes: number;
  readonly sendMaxHeaderPairs: number;
  readonly maxTimeoutMs: number | undefined;
  readonly allowHalfDuplex: boolean;
  readonly onError: (error: unknown, call: { readonly spec: Spec; readonly peer: Peer }) => void;
}

type DecodeLimits = Pick<DecodeOptions<unknown>, "maxBytes" | "decodedMaxBytes">;

/**
 * Resolves the options of an RPC. Their order: the server's, what the server's `perMethod` gives, the service's, what the
 * service's `perMethod` gives. Of values the later wins; interceptors of all of them run, in that order.
 */
export function resolveMethod(
  { spec, implementation, options: own }: ServiceMethod,
  shared: HandlerOptions,
): MethodHandler {
  const levels: readonly HandlerOptions[] = [shared, perMethod(shared, spec), own, perMethod(own, spec)];
  const options: HandlerOptions = Object.assign({}, ...levels);
  const { kind } = spec;
  const codecs = options.codecs ?? defaultCodecs;
  const readMaxBytes = options.readMaxBytes ?? defaultReadMaxBytes;
  const limits = {
    maxBytes: readMaxBytes,
    decodedMaxBytes: options.decodedMaxBytes ?? defaultDecodedMaxBytes(readMaxBytes),
  };
  return {
    spec,
    singleRequest: kind === "unary" || kind === "server_streaming",
    singleResponse: kind === "unary" || kind === "client_streaming",
    implementation,
    context: own.context,
    interceptors: levels.flatMap(({ interceptors }) => interceptors ?? []),
    protocols: servedProtocols(options.protocols),
    setup: {
      spec,
      codecs,
      compressions: options.compressions ?? noCompressions,
    },
    compressMinBytes: options.compressMinBytes,
    readMaxBytes,
    limits,
    decodings: new Map(codecs.map((codec) => [codec, decoding(spec, codec, limits)])),
    sendMaxBytes: options.sendMaxBytes ?? defaultSendMaxBytes,
    sendMaxHeaderBytes: options.sendMaxHeaderBytes ?? defaultSendMaxHeaders.bytes,
    sendMaxHeaderPairs: options.sendMaxHeaderPairs ?? defaultSendMaxHeaders.pairs,
    maxTimeoutMs: options.maxTimeoutMs,
    allowHalfDuplex: options.allowHalfDuplexBidiOverHttp1 ?? false,
    onError: options.onError ?? printError,
  };
}

/** How request messages in a codec are decoded. A protocol may choose a codec that is not in the list. */
export function decodingOf({ spec, decodings, limits }: MethodHandler, codec: Codec): DecodeOptions<unknown> {
  return decodings.get(codec) ?? decoding(spec, codec, limits);
}

function decoding({ input }: Spec, codec: Codec, limits: DecodeLimits): DecodeOptions<unknown> {
  return { type: input, codec, ...limits, invalid: "invalid_argument" };
}

const defaultCodecs: readonly Codec[] = [binary(), json()];
const noCompressions: readonly Compression[] = [];

function perMethod(options: HandlerOptions, spec: Spec): HandlerOptions {
  const given = options.perMethod?.(spec) ?? {};
  const owner = `what perMethod gives for ${spec.procedure}`;
  if (isPromiseLike(given)) throw new TypeError(`${owner} must be options, not a promise of them`);
  return checkOptions(
    owner,
    given,
    methodRules,
    ["perMethod context", "it is an option beside perMethod, not of one RPC"],
    connectOnly,
  );
}

function printError(error: unknown, { spec }: { readonly spec: Spec }): void {
  console.error(`${spec.procedure} failed:`, error);
}
