// A file of its own: unary calls and client streams end with it.
import { ConnectError } from "../error/connect-error.js";
import type { ClientConn } from "./transport.js";
import type { UnaryResponse } from "./types.js";

/** Reads the response of a call that answers with one message. @throws ConnectError `unimplemented` for another number of messages */
export async function readSingle<I, O>(conn: ClientConn<I, O>, typeName: string): Promise<UnaryResponse<O>> {
  const first = await conn.receive();
  if (first.done === true) throw oneExpected(typeName, "none came");
  const second = await conn.receive();
  if (second.done !== true) {
    const error = oneExpected(typeName, "more came");
    conn.cancel(error);
    throw error;
  }
  const { headers, peer } = await conn.responseHead();
  return { message: first.value, headers, trailers: conn.trailers, peer };
}

export function oneExpected(typeName: string, what: string): ConnectError {
  return new ConnectError("unimplemented", `one ${typeName} was expected, and ${what}`);
}
