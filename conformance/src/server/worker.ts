// What workerd runs: main-workerd.ts makes its configuration.
import type { HandlerOptions } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { createConformanceServiceHandler } from "#gen/connectrpc/conformance/v1/service_connect.js";
import { handlerOptions } from "./handler-options.js";
import { Conformance } from "./service.js";

type Handler = ReturnType<typeof fetchHandler>;
let handler: Handler | undefined;

function create(options: HandlerOptions): Handler {
  return fetchHandler([createConformanceServiceHandler(new Conformance())], options);
}

export default {
  fetch(request: Request, { LIMIT }: { readonly LIMIT: string }): Promise<Response> {
    handler ??= create(handlerOptions(Number(LIMIT)));
    return handler(request);
  },
};
