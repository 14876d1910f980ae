// What errors of calls say to a person: the form and the conversation need the same.
import { ConnectError } from "@connect-ts/runtime";
import { BadRequestCodec } from "./gen/google/rpc/bad_request_codec.js";

/** What is wrong with the fields of a form, by their names. */
export type FieldErrors = ReadonlyMap<string, string>;

// #region field-errors
/** What the server says of each field. Empty for errors that are about no field. */
export function fieldErrorsOf(error: unknown): FieldErrors {
  const violations = ConnectError.from(error)
    .findDetails(BadRequestCodec)
    .flatMap(({ fieldViolations }) => fieldViolations);
  return new Map(violations.map(({ field, description }) => [field, description]));
}
// #endregion

/** What to tell a person about a call that failed for another reason. */
export function textOf(error: unknown): string {
  const { code, rawMessage } = ConnectError.from(error);
  if (code === "unavailable") return "Eliza cannot be reached. Is her server running?";
  if (code === "unauthenticated") return "This conversation is over.";
  return `${rawMessage} (${code})`;
}
