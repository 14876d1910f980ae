// A handler for Node's own requests, which Next does not give.
import { nodeHandler } from "@connect-ts/runtime/node";
import { elizaHandler } from "../../../eliza/service";

const handler = nodeHandler([elizaHandler], { pathPrefix: "/node-door" });

export { handler as GET, handler as POST };
