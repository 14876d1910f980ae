/**
 * The sixteen codes an RPC can fail with, by their names on the Connect wire.
 *
 * @see https://connectrpc.com/docs/protocol#error-codes
 */
export type Code =
  | "canceled"
  | "unknown"
  | "invalid_argument"
  | "deadline_exceeded"
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "resource_exhausted"
  | "failed_precondition"
  | "aborted"
  | "out_of_range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data_loss"
  | "unauthenticated";

/** The codes as an object, for those who like to browse: `Code.NotFound` is `"not_found"`. */
export const Code: {
  readonly Canceled: "canceled";
  readonly Unknown: "unknown";
  readonly InvalidArgument: "invalid_argument";
  readonly DeadlineExceeded: "deadline_exceeded";
  readonly NotFound: "not_found";
  readonly AlreadyExists: "already_exists";
  readonly PermissionDenied: "permission_denied";
  readonly ResourceExhausted: "resource_exhausted";
  readonly FailedPrecondition: "failed_precondition";
  readonly Aborted: "aborted";
  readonly OutOfRange: "out_of_range";
  readonly Unimplemented: "unimplemented";
  readonly Internal: "internal";
  readonly Unavailable: "unavailable";
  readonly DataLoss: "data_loss";
  readonly Unauthenticated: "unauthenticated";
} = {
  Canceled: "canceled",
  Unknown: "unknown",
  InvalidArgument: "invalid_argument",
  DeadlineExceeded: "deadline_exceeded",
  NotFound: "not_found",
  AlreadyExists: "already_exists",
  PermissionDenied: "permission_denied",
  ResourceExhausted: "resource_exhausted",
  FailedPrecondition: "failed_precondition",
  Aborted: "aborted",
  OutOfRange: "out_of_range",
  Unimplemented: "unimplemented",
  Internal: "internal",
  Unavailable: "unavailable",
  DataLoss: "data_loss",
  Unauthenticated: "unauthenticated",
};

/** gRPC's numbers: the index is the number; 0 is OK and has no code. */
const byNumber: readonly (Code | undefined)[] = [
  undefined,
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** gRPC's number of a code, 1 to 16. */
export function codeNumber(code: Code): number {
  const number = byNumber.indexOf(code);
  return number > 0 ? number : 2;
}

/** The code with a gRPC number; `undefined` for 0 (OK) and for numbers that name no code. */
export function codeFromNumber(number: number): Code | undefined {
  return byNumber[number];
}

/** Whether a string is one of the sixteen codes. */
export function isCode(name: unknown): name is Code {
  return byNumber.indexOf(name as Code) > 0;
}
