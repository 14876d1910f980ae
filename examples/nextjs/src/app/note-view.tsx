"use client";

import type { Note } from "../gen/notes/v1/notes_pb";

/** A message as a property: `id` is a bigint and `sha256` a Uint8Array here too. */
export function NoteView({ note }: { readonly note: Note }) {
  const hex = [...note.sha256].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return (
    <li title={hex}>
      {(note.id + 0n).toString()}: {note.text}
    </li>
  );
}
