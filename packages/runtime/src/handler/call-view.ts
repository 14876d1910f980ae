// Apart, so that contexts and interceptions depend on what a call shows and not on the call.
import type { ContextValues } from "../call/context-values.js";
import type { Peer } from "../call/peer.js";
import type { Spec } from "../call/spec.js";
import type { HeaderMap } from "../http/header-map.js";
import type { HttpServerRequest } from "../http/http-server.js";
import type { ServiceHandler } from "./types.js";

/** A call as contexts and interceptions see it: they know nothing else of it. Each member is looked up when it is asked for. */
export interface CallView {
  readonly spec: Spec;
  readonly peer: Peer;
  readonly request: HttpServerRequest;
  readonly responseHeaders: HeaderMap;
  readonly responseTrailers: HeaderMap;
  readonly values: ContextValues;
  readonly requestCompressed: boolean;
  readonly signal: AbortSignal;
  readonly drainSignal: AbortSignal;
  readonly services: readonly ServiceHandler[];
  timeoutMs(): number | undefined;
  /** Sends the head of a streaming response now. */
  sendHeaders(): void;
}
