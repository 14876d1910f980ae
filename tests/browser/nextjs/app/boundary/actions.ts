// Actions are a file of their own, as Next wants it.
"use server";

import type { Edition2023Request } from "../../editions/edition2023_pb";

export async function echo(value: unknown): Promise<unknown> {
  return value;
}

/** What an action makes of a message that is no plain object. */
export async function read(message: Edition2023Request): Promise<string> {
  try {
    return message.explicit;
  } catch (error) {
    return String(error);
  }
}
