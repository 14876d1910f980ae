// #region action
"use server";

import { ConnectError } from "@connect-ts/runtime";
import { revalidatePath } from "next/cache";
import type { AddNoteRequestInit } from "../gen/notes/v1/notes_init";
import type { Note } from "../gen/notes/v1/notes_pb";
import { notes } from "../notes-service";

export async function addNote(request: AddNoteRequestInit): Promise<{ note?: Note | undefined; error?: string }> {
  try {
    const { note } = await notes.addNote(request);
    revalidatePath("/");
    return { note };
  } catch (error) {
    // A browser is told nothing of errors that an action throws, so they are returned.
    return { error: ConnectError.from(error).rawMessage };
  }
}
// #endregion
