"use client";

import { useActionState } from "react";
import { addNote } from "./actions";

/** A form whose action calls the service in process. */
export function AddNote() {
  const [added, submit, pending] = useActionState(
    (_before: Awaited<ReturnType<typeof addNote>>, form: FormData) => addNote({ text: String(form.get("text")) }),
    {},
  );
  return (
    <form action={submit}>
      <input name="text" aria-label="Note" />
      <button type="submit" disabled={pending}>
        Add
      </button>
      <output>{added.error ?? (added.note && `${added.note.id + 0n} has ${added.note.sha256.length} bytes`)}</output>
    </form>
  );
}
