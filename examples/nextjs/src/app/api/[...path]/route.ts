// #region route
// app/api/[...path]/route.ts: a short file, as Next wants it.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { notesHandler } from "../../../notes-service";

const handler = fetchHandler([notesHandler], { pathPrefix: "/api" });

export { handler as GET, handler as POST };
// #endregion
