// The same on the edge runtime.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { notesHandler } from "../../../notes-service";

export const runtime = "edge";

const handler = fetchHandler([notesHandler], { pathPrefix: "/edge" });

export { handler as GET, handler as POST };
