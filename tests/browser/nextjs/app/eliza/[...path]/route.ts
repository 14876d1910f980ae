// All four kinds, on Node.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../eliza/service";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/eliza" });

export { handler as GET, handler as POST };
