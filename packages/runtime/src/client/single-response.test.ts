import { expect, it } from "@jest/globals";
import type { ConnectError } from "../error/connect-error.js";
import { readSingle } from "./single-response.js";
import type { ClientConn } from "./transport.js";

/** A call whose server sends these messages. What is canceled is kept. */
function answering(...messages: readonly string[]): { conn: ClientConn<never, string>; canceled: ConnectError[] } {
  const canceled: ConnectError[] = [];
  const left = [...messages];
  const conn: Partial<ClientConn<never, string>> = {
    receive: async () => {
      const value = left.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    cancel: (error) => void canceled.push(error),
  };
  return { conn: conn as ClientConn<never, string>, canceled };
}

it.each([
  [[], "none came", 0],
  [["a", "b"], "more came", 1],
])("messages %j in place of one: %s, and what still comes is given up", async (messages, what, cancels) => {
  const { conn, canceled } = answering(...messages);
  await expect(readSingle(conn, "t.Text")).rejects.toMatchObject({
    code: "unimplemented",
    rawMessage: `one t.Text was expected, and ${what}`,
  });
  expect(canceled.map(({ code }) => code)).toEqual(new Array(cancels).fill("unimplemented"));
});
