// The service, and a client of it in the same process.
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNotesServiceClient, createNotesServiceHandler } from "./gen/notes/v1/notes_connect";
import type { NoteInit } from "./gen/notes/v1/notes_init";

interface Store {
  readonly notes: NoteInit[];
  /** Told of each new note. */
  readonly added: EventTarget;
  streams: number;
}

// Next bundles pages and route handlers apart, so each has its own copy of this module: what they share is global.
const shared = globalThis as { notesStore?: Store };
shared.notesStore ??= { notes: [], added: new EventTarget(), streams: 0 };
const store = shared.notesStore;

/** Waits for the next note, or for the end of the call. */
function noteAdded(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      store.added.removeEventListener("note", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    store.added.addEventListener("note", done);
    signal.addEventListener("abort", done);
  });
}

export const notesHandler = createNotesServiceHandler({
  async addNote({ text }) {
    if (text.trim() === "") throw new ConnectError("invalid_argument", "a note needs a text");
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    const note = { id: 2n ** 53n + 1n + BigInt(store.notes.length), text, sha256 };
    store.notes.push(note);
    store.added.dispatchEvent(new Event("note"));
    return { note };
  },

  listNotes: () => ({ notes: store.notes, streams: store.streams }),

  async *watchNotes(_request, { signal }) {
    store.streams++;
    try {
      for (let next = 0; !signal.aborted; ) {
        if (next < store.notes.length) yield { note: store.notes[next++] };
        else await noteAdded(signal);
      }
    } finally {
      store.streams--;
    }
  },

  async *readAloud({ text, pauseMs }) {
    store.streams++;
    try {
      for (const word of text.split(" ")) {
        yield { word };
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      store.streams--;
    }
  },
});

// #region client
export const notes = createNotesServiceClient(createInProcessTransport(notesHandler));
// #endregion
