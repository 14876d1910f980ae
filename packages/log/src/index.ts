// The door of the package: what users import.
export type { LogEntry, LogLevel } from "./entry.js";
export { type ConsoleLike, type LogOptions, log, type PinoLike } from "./log.js";
export { type CallMeasure, type UserTimingOptions, userTiming } from "./user-timing.js";
