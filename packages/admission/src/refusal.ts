// A file of its own: what a client is told, by fields of two messages.
import { ConnectError } from "@connect-ts/runtime";

/** The error of a call that is not let in, with the time after which to come again: as a detail, for gRFC A6, and as HTTP has it. */
export function refusal(code: "unavailable" | "resource_exhausted", text: string, retryMs: number): ConnectError {
  const ms = Math.max(1, Math.round(retryMs));
  // A refusal has to be cheap, and a stack takes longer than all the rest of it.
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return new ConnectError(code, text, {
      metadata: { "grpc-retry-pushback-ms": String(ms), "retry-after": String(Math.ceil(ms / 1000)) },
      details: [{ type: "google.rpc.RetryInfo", value: retryInfo(ms) }],
    });
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

/** `google.rpc.RetryInfo`: field 1 is a `google.protobuf.Duration`, of seconds in field 1 and nanoseconds in field 2. */
function retryInfo(ms: number): Uint8Array {
  const duration = [0x08, ...varint(Math.floor(ms / 1000)), 0x10, ...varint((ms % 1000) * 1_000_000)];
  return Uint8Array.of(0x0a, duration.length, ...duration);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
