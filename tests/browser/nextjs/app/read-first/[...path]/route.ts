// Something reads the body first.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../eliza/service";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/read-first" });

export async function POST(request: Request): Promise<Response> {
  await request.text();
  return handler(request);
}
