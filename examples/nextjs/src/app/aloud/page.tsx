import { notes } from "../../notes-service";
import { Words } from "./words";

// #region page
// app/aloud/page.tsx, on the server
export default async function Page({ searchParams }: { readonly searchParams: Promise<{ readonly text?: string }> }) {
  const { text = "nothing" } = await searchParams;
  return <Words stream={notes.readAloud({ text, pauseMs: 100 })} />;
}
// #endregion
