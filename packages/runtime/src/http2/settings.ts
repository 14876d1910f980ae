import { ConnectionError } from "./connection-error.js";
import {
  defaultFrameBytes,
  defaultWindow,
  ErrorCode,
  max31,
  settingEnablePush,
  settingHeaderTableSize,
  settingInitialWindowSize,
  settingMaxConcurrentStreams,
  settingMaxFrameSize,
  settingMaxHeaderListSize,
} from "./frame/codes.js";

/** What one side has told the other (RFC 9113 section 6.5.2). */
export class Settings {
  headerTableSize: number;
  enablePush: boolean;
  /** Infinity: not told. */
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
  /** Infinity: not told. */
  maxHeaderListSize: number;

  /** @internal */
  constructor() {
    this.headerTableSize = 4096;
    this.enablePush = true;
    this.maxConcurrentStreams = Number.POSITIVE_INFINITY;
    this.initialWindowSize = defaultWindow;
    this.maxFrameSize = defaultFrameBytes;
    this.maxHeaderListSize = Number.POSITIVE_INFINITY;
  }

  /** @internal Takes a SETTINGS frame's payload. @throws ConnectionError */
  read(bytes: Uint8Array, start: number, end: number, fromServer: boolean): void {
    for (let at = start; at < end; at += 6) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      this.set(id, read32(bytes, at + 2), fromServer);
    }
  }

  /** @internal */
  set(id: number, value: number, fromServer: boolean): void {
    switch (id) {
      case settingHeaderTableSize:
        this.headerTableSize = value;
        break;
      case settingEnablePush:
        if (value > 1 || (fromServer && value === 1)) {
          throw new ConnectionError(ErrorCode.protocolError, `SETTINGS_ENABLE_PUSH is ${value}`);
        }
        this.enablePush = value === 1;
        break;
      case settingMaxConcurrentStreams:
        this.maxConcurrentStreams = value;
        break;
      case settingInitialWindowSize:
        if (value > max31) {
          throw new ConnectionError(ErrorCode.flowControlError, `SETTINGS_INITIAL_WINDOW_SIZE is ${value}`);
        }
        this.initialWindowSize = value;
        break;
      case settingMaxFrameSize:
        if (value < defaultFrameBytes || value > 0xff_ffff) {
          throw new ConnectionError(ErrorCode.protocolError, `SETTINGS_MAX_FRAME_SIZE is ${value}`);
        }
        this.maxFrameSize = value;
        break;
      case settingMaxHeaderListSize:
        this.maxHeaderListSize = value;
        break;
      default: // RFC 9113 section 6.5.2: unknown settings are ignored.
    }
  }
}

/** The payload of a SETTINGS frame: identifiers and values in turn. */
export function settingsPayload(entries: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * 3);
  for (let i = 0, at = 0; i < entries.length; i += 2, at += 6) {
    const value = entries[i + 1] as number;
    bytes[at + 1] = entries[i] as number;
    bytes[at + 2] = value >>> 24;
    bytes[at + 3] = value >>> 16;
    bytes[at + 4] = value >>> 8;
    bytes[at + 5] = value;
  }
  return bytes;
}

/** Four bytes as a number of 32 bits without a sign. */
export function read32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
