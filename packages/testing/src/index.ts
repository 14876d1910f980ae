// The door of the package: recordings. Fakes for tools are behind the doors msw and playwright.
export { playCalls } from "./play.js";
export type { PlayOptions } from "./player.js";
export { type RecordOptions, recordCalls } from "./record.js";
export type { RecordedCall, RecordedError, RecordedFields, RecordedMessage, RecordedTime } from "./recording.js";
