// The door for Node on the edge runtime: an application of its own, for it cannot be built.
import { nodeHandler } from "@connect-ts/runtime/node";

export const runtime = "edge";

const handler = nodeHandler([]);

export { handler as POST };
