// Next answers preflights itself where OPTIONS is not exported.
import { cors, fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../eliza/service";

const origin = (asked: string): boolean => asked.startsWith("http://127.0.0.1:");
const handler = fetchHandler([elizaHandler], { pathPrefix: "/no-options", cors: cors({ origin }) });

export { handler as GET, handler as POST };
