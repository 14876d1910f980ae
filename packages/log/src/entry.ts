import type { Call, Code, Kind } from "@connect-ts/runtime";

/** What is told of a call that has ended. */
export interface LogEntry {
  readonly side: "client" | "handler";
  /** `"/acme.v1.Shop/Buy"` */
  readonly procedure: string;
  readonly kind: Kind;
  /** `"connect"`, `"grpc"`, `"grpc-web"`, or the name of a protocol of your own. */
  readonly protocol: string;
  readonly code: "ok" | Code;
  readonly milliseconds: number;
  readonly requestMessages: number;
  /** Encoded and compressed, without envelopes. */
  readonly requestBytes: number;
  readonly responseMessages: number;
  readonly responseBytes: number;
  /** The other side's address, if `peers` is set. */
  readonly peer?: string;
  /** What the error says, if `errors` is set: 200 characters of it at most, control characters escaped. */
  readonly error?: string;
}

/** How much an entry matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Longer texts of errors are cut. */
const maxErrorLength = 200;

export function entryOf(call: Call, milliseconds: number, peers: boolean, errors: boolean): LogEntry {
  const { side, spec, peer, stats, error } = call;
  return {
    side,
    procedure: spec.procedure,
    kind: spec.kind,
    protocol: printable(peer.protocol),
    code: call.status ?? "unknown",
    milliseconds: Math.round(milliseconds * 10) / 10,
    requestMessages: stats.requestMessages,
    requestBytes: stats.requestBytes,
    responseMessages: stats.responseMessages,
    responseBytes: stats.responseBytes,
    ...(peers ? { peer: printable(peer.address) } : undefined),
    ...(errors && error !== undefined ? { error: printable(error.rawMessage) } : undefined),
  };
}

/** `"handler /acme.v1.Shop/Buy unary grpc ok 3.2ms req=1/12B res=1/40B"` */
export function lineOf(entry: LogEntry): string {
  const { side, procedure, kind, protocol, code, milliseconds, peer, error } = entry;
  const sizes = `req=${entry.requestMessages}/${entry.requestBytes}B res=${entry.responseMessages}/${entry.responseBytes}B`;
  const more = (peer === undefined ? "" : ` ${peer}`) + (error === undefined ? "" : ` "${error}"`);
  return `${side} ${procedure} ${kind} ${protocol} ${code} ${milliseconds}ms ${sizes}${more}`;
}

/** A server that failed is an error, a caller's mistake a warning; whoever cancels means to. */
export function levelOf({ code }: LogEntry): LogLevel {
  if (code === "ok" || code === "canceled") return "info";
  return code === "internal" || code === "unknown" || code === "data_loss" ? "error" : "warn";
}

/**
 * What comes from the other side cannot end a line, begin another one, or steer a terminal: line breaks, control characters,
 * marks that turn the direction of text, quotation marks and backslashes are escaped.
 */
function printable(text: string): string {
  const cut = text.length > maxErrorLength ? `${text.slice(0, maxErrorLength)}…` : text;
  return cut.replaceAll(/[\p{C}\p{Zl}\p{Zp}"\\]/gu, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
