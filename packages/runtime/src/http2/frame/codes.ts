/** Frame types: RFC 9113 section 6; RFC 9218 section 7.1 for the last. */
export const frameData = 0;
export const frameHeaders = 1;
export const framePriority = 2;
export const frameRstStream = 3;
export const frameSettings = 4;
export const framePushPromise = 5;
export const framePing = 6;
export const frameGoaway = 7;
export const frameWindowUpdate = 8;
export const frameContinuation = 9;
export const framePriorityUpdate = 16;

export const flagEndStream = 0x1;
export const flagAck = 0x1;
export const flagEndHeaders = 0x4;
export const flagPadded = 0x8;
export const flagPriority = 0x20;

/** Settings: RFC 9113 section 6.5.2. */
export const settingHeaderTableSize = 1;
export const settingEnablePush = 2;
export const settingMaxConcurrentStreams = 3;
export const settingInitialWindowSize = 4;
export const settingMaxFrameSize = 5;
export const settingMaxHeaderListSize = 6;

/** Bytes of a frame's header. */
export const frameHeaderBytes = 9;
/** The largest window, and the largest stream identifier. */
export const max31 = 0x7fff_ffff;
/** A window before any SETTINGS. */
export const defaultWindow = 65_535;
/** A frame's payload before any SETTINGS. */
export const defaultFrameBytes = 16_384;

/** The error codes of RFC 9113 section 7. */
export const ErrorCode: {
  readonly noError: 0;
  readonly protocolError: 1;
  readonly internalError: 2;
  readonly flowControlError: 3;
  readonly settingsTimeout: 4;
  readonly streamClosed: 5;
  readonly frameSizeError: 6;
  readonly refusedStream: 7;
  readonly cancel: 8;
  readonly compressionError: 9;
  readonly connectError: 10;
  readonly enhanceYourCalm: 11;
  readonly inadequateSecurity: 12;
  readonly http11Required: 13;
} = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
};

const errorNames: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** A code's name as the specification writes it, or `code 77`. */
export function errorName(code: number): string {
  return errorNames[code] ?? `code ${code}`;
}

const frameNames: readonly string[] = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
];

/** A frame type's name as the specification writes it, or `type 77`. */
export function frameName(type: number): string {
  return type === framePriorityUpdate ? "PRIORITY_UPDATE" : (frameNames[type] ?? `type ${type}`);
}
