// The handler is not told of the path that it is below.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../eliza/service";

const handler = fetchHandler([elizaHandler]);

export { handler as GET, handler as POST };
