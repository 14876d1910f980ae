import { connectHandlerProtocol } from "../protocol/connect/handler.js";
import { grpcHandlerProtocol } from "../protocol/grpc/handler.js";
import { grpcWebHandlerProtocol } from "../protocol/grpc-web/handler.js";
import type { HandlerExchange, HandlerProtocol, HandlerRequest } from "../protocol/protocol.js";

/** What is served unless the option `protocols` says otherwise. */
export const defaultProtocols: readonly HandlerProtocol[] = [
  connectHandlerProtocol(),
  grpcHandlerProtocol(),
  grpcWebHandlerProtocol(),
];

const ours: ReadonlyMap<unknown, string> = new Map([
  ["connect", "connectHandlerProtocol()"],
  ["grpc", "grpcHandlerProtocol()"],
  ["grpc-web", "grpcWebHandlerProtocol()"],
]);

/**
 * The protocols to serve, checked.
 *
 * @throws TypeError for something that is not a list of protocols of handlers
 */
export function servedProtocols(given: readonly HandlerProtocol[] | undefined): readonly HandlerProtocol[] {
  if (given === undefined) return defaultProtocols;
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(`the option protocols must be a list such as [${[...ours.values()].join(", ")}]`);
  }
  for (const protocol of given as readonly unknown[]) {
    const { name = protocol, accept } = Object(protocol) as Partial<HandlerProtocol>;
    if (typeof accept === "function") continue;
    const found = typeof protocol === "string" ? JSON.stringify(protocol) : "a value that no handler can use";
    const known = ours.get(name);
    throw new TypeError(
      `the option protocols has ${found}: ${known === undefined ? "expected a HandlerProtocol" : `write ${known}`}`,
    );
  }
  return given;
}

/** Finds out how to answer a request whose RPC is not known; `undefined` when it is not an RPC at all. */
export function acceptUnknown(
  request: HandlerRequest,
  protocols: Iterable<HandlerProtocol>,
): HandlerExchange | undefined {
  for (const protocol of protocols) {
    const exchange = protocol.acceptUnknown?.(request);
    if (exchange !== undefined) return exchange;
  }
  return undefined;
}
