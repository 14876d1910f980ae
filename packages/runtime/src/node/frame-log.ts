// A file of its own: clients and servers log alike.
import type { DebugLogger } from "node:util";
import { type ConnectionObserver, errorName, frameName } from "../http2/index.js";
import { builtin } from "./builtin.js";

let log: DebugLogger | undefined;
let connections = 0;

/**
 * Writes the frames of a connection to stderr when `NODE_DEBUG` has `connect-ts:http2`, beside an observer that there is; otherwise
 * only that one is there.
 */
export function frameLog(side: "client" | "server", other?: ConnectionObserver): ConnectionObserver | undefined {
  log ??= builtin("node:util").debuglog("connect-ts:http2");
  // workerd says of every log that it is enabled. In this order: Deno may refuse to tell of the environment.
  if (!log.enabled || process.env.NODE_DEBUG === undefined) return other;
  const observer = observerOf(`${side} ${++connections}`, (line) => log?.("%s", line));
  if (other === undefined) return observer;
  return {
    ...other,
    ...observer,
    frame(...frame) {
      observer.frame?.(...frame);
      other.frame?.(...frame);
    },
  };
}

/** @internal One line for each frame, without what is in it: header fields may be secrets. */
export function observerOf(name: string, write: (line: string) => void): ConnectionObserver {
  return {
    frame(direction, type, flags, streamId, length) {
      const flagText = flags === 0 ? "" : `, flags 0x${flags.toString(16)}`;
      const stream = streamId === 0 ? "" : ` of stream ${streamId}`;
      write(`${name} ${direction === "in" ? "<-" : "->"} ${frameName(type)}${stream}, ${length} bytes${flagText}`);
    },
    streamReset(stream, { code, by, message }) {
      write(`${name} stream ${stream.id} was reset with ${errorName(code)} by ${by}: ${message}`);
    },
  };
}
