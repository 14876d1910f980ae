// All four kinds, on the edge runtime.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../eliza/service";

export const runtime = "edge";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/edge-eliza" });

export { handler as GET, handler as POST };
