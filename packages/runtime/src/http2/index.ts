// The door of the HTTP/2 engine: bytes in and out, over any duplex.
export { ClientConnection, type RequestRefusal } from "./client-connection.js";
export { Connection } from "./connection.js";
export { ErrorCode, errorName, frameName } from "./frame/codes.js";
export type { Head } from "./head.js";
export {
  type Counters,
  type LimitRow,
  type Limits,
  limitTable,
  type Rate,
  type RateCounter,
  type RateName,
} from "./limits.js";
export { Link } from "./link.js";
export type {
  ConnectionEnd,
  ConnectionHost,
  ConnectionObserver,
  ConnectionOptions,
  Goaway,
  ServerHost,
} from "./options.js";
export { Outgoing } from "./outgoing.js";
export { ServerConnection } from "./server-connection.js";
export type { Settings } from "./settings.js";
export { Http2Stream, type StreamReset, type StreamSink } from "./stream.js";
