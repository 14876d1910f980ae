import Link from "next/link";
import { notes } from "../notes-service";
import { AddNote } from "./add-note";
import { NoteView } from "./note-view";
import { Watch } from "./watch";

export const dynamic = "force-dynamic"; // at each request, not once at build

// #region page
export default async function Page() {
  const { notes: all } = await notes.listNotes({});
  return (
    <main>
      <h1>Notes</h1>
      <ul id="kept">
        {all.map((note) => (
          <NoteView key={note.id.toString()} note={note} />
        ))}
      </ul>
      <AddNote />
      <Watch />
      <Link href={`/aloud?text=${"all ".repeat(200)}`} prefetch={false}>
        Aloud
      </Link>
    </main>
  );
}
// #endregion
