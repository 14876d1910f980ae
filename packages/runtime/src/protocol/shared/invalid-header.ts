import { ConnectError } from "../../error/connect-error.js";
import { quote } from "./quote.js";

/** A handler's answer to a protocol header that it cannot read. */
export function invalidHeader(name: string, value: string, expected: string): ConnectError {
  return new ConnectError("invalid_argument", `the header ${name} has the value ${quote(value)}, expected ${expected}`);
}
