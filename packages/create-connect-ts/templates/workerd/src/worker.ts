// The worker: Connect and gRPC-Web, which are all that a worker can answer. gRPC needs trailers, and a Response has none.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { greetHandler } from "./greet.ts";

export default { fetch: fetchHandler([greetHandler]) };
