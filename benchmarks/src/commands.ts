import type { PeerName } from "./peers/index.js";
import type { Setup } from "./peers/peer.js";

/** What a worker can be told. */
export type Command =
  | { readonly type: "hold"; readonly objects: number }
  | { readonly type: "serve"; readonly peer: PeerName; readonly setup: Setup }
  | { readonly type: "connect"; readonly peer: PeerName; readonly setup: Setup; readonly port: number }
  | { readonly type: "load"; readonly load: Load }
  | { readonly type: "idle"; readonly connections: number; readonly streams: number }
  | { readonly type: "callAgain"; readonly forMs: number }
  | { readonly type: "usage" }
  | { readonly type: "startProfile" }
  | { readonly type: "stopProfile" }
  | { readonly type: "settledMemory" }
  | { readonly type: "serveFlow"; readonly window: FlowWindow; readonly uploadBytes: number }
  | { readonly type: "delay"; readonly port: number; readonly delayMs: number }
  | { readonly type: "flow"; readonly flow: Flow };

export type Method = "tiny" | "nested" | "blob" | "subscribe" | "publish" | "chat";

/** Calls to make. */
export interface Load {
  readonly method: Method;
  /** Messages of each streaming call. */
  readonly messages: number;
  /** Calls at the same time. */
  readonly inFlight: number;
  /** CPU time to spend on this side, in milliseconds; at least one call is made. */
  readonly cpuMs: number;
}

/** The most that a stream's receiver takes before it reads. */
export interface FlowWindow {
  readonly windowBytes: number;
}

/** A stream of messages of 64 KiB. */
export interface Flow extends FlowWindow {
  readonly direction: "download" | "upload";
  readonly bytes: number;
  readonly port: number;
}

export interface Usage {
  readonly cpuUs: number;
  /** The most memory that was resident so far. */
  readonly peakBytes: number;
}
