// A mistake: something reads the body first.
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { elizaHandler } from "../../../../../eliza/src/service.js";

const handler = fetchHandler([elizaHandler], { pathPrefix: "/late" });

export async function POST({ request }: { readonly request: Request }): Promise<Response> {
  await request.text();
  return handler(request);
}
