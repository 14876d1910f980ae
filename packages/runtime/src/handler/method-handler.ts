import type { Interceptor } from "../call/interceptor.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { Compression } from "../framing/compression.js";
import { binary } from "../message/binary-codec.js";
import type { Codec } from "../message/codec.js";
import { json } from "../message/json-codec.js";
import { defaultReadMaxBytes, defaultSendMaxBytes } from "../message/limits.js";
import { connectHandlerProtocol } from "../protocol/connect/handler.js";
import { grpcHandlerProtocol } from "../protocol/grpc/handler.js";
import { grpcWebHandlerProtocol } from "../protocol/grpc-web/handler.js";
import type { HandlerProtocol, HandlerSetup } from "../protocol/protocol.js";
import type { Implementation, ServiceMethod } from "./service-handler.js";
import type { HandlerOptions } from "./types.js";

export const allProtocols: readonly HandlerProtocol[] = [
  connectHandlerProtocol,
  grpcHandlerProtocol,
  grpcWebHandlerProtocol,
];

/** An RPC with its options resolved: everything that its calls share. */
export interface MethodHandler {
  readonly spec: Spec;
  readonly implementation: Implementation;
  readonly context: ServiceMethod["options"]["context"];
  readonly interceptors: readonly Interceptor[];
  readonly protocols: readonly HandlerProtocol[];
  readonly setup: HandlerSetup;
  readonly compressMinBytes: number | undefined;
  readonly readMaxBytes: number;
  readonly sendMaxBytes: number;
  readonly maxTimeoutMs: number | undefined;
  readonly allowHalfDuplex: boolean;
  readonly onError: (error: unknown, call: { readonly spec: Spec; readonly peer: Peer }) => void;
}

/** Resolves the options of an RPC: the service's replace the router's, interceptors of the router run outside. */
export function resolveMethod(method: ServiceMethod, shared: HandlerOptions): MethodHandler {
  const { spec, implementation } = method;
  const given = { ...withoutUndefined(shared), ...withoutUndefined(method.options) };
  const options: ServiceMethod["options"] = { ...given, ...withoutUndefined(given.perMethod?.(spec) ?? {}) };
  const own = options.interceptors === shared.interceptors ? [] : (options.interceptors ?? []);
  return {
    spec,
    implementation,
    context: method.options.context,
    interceptors: [...(shared.interceptors ?? []), ...own],
    protocols:
      options.protocols === undefined
        ? allProtocols
        : allProtocols.filter(({ name }) => options.protocols?.includes(name)),
    setup: {
      spec,
      codecs: options.codecs ?? defaultCodecs,
      compressions: options.compressions ?? noCompressions,
      requireConnectProtocolHeader: options.requireConnectProtocolHeader ?? false,
    },
    compressMinBytes: options.compressMinBytes,
    readMaxBytes: options.readMaxBytes ?? defaultReadMaxBytes,
    sendMaxBytes: options.sendMaxBytes ?? defaultSendMaxBytes,
    maxTimeoutMs: options.maxTimeoutMs,
    allowHalfDuplex: options.allowHalfDuplexBidiOverHttp1 ?? false,
    onError: options.onError ?? printError,
  };
}

const defaultCodecs: readonly Codec[] = [binary(), json()];
const noCompressions: readonly Compression[] = [];

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function printError(error: unknown, { spec }: { readonly spec: Spec }): void {
  console.error(`${spec.procedure} failed:`, error);
}
