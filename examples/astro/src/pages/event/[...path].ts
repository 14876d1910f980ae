// A mistake: the handler gets the context, and not its request.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../../eliza/src/service.js";

export const ALL = fetchHandler([elizaHandler], { pathPrefix: "/event" });
