// A mistake: the handler gets the event, and not its request.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../../../eliza/src/service.js";

export const POST = fetchHandler([elizaHandler], { pathPrefix: "/event" });
