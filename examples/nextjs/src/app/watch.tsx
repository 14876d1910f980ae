"use client";

import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { useEffect, useState } from "react";
import { createNotesServiceClient } from "../gen/notes/v1/notes_connect";
import type { Note } from "../gen/notes/v1/notes_pb";
import { NoteView } from "./note-view";

// #region watch
const notes = createNotesServiceClient(createFetchTransport({ baseUrl: "/api" }));

export function Watch() {
  const [seen, setSeen] = useState<readonly Note[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    const watch = async () => {
      for await (const { note } of notes.watchNotes({}, { signal: controller.signal })) {
        if (note !== undefined) setSeen((before) => [...before, note]);
      }
    };
    watch().catch(() => undefined);
    return () => controller.abort();
  }, []);
  return (
    <ul id="watched">
      {seen.map((note) => (
        <NoteView key={note.id.toString()} note={note} />
      ))}
    </ul>
  );
}
// #endregion
