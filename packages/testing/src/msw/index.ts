// The door for MSW. Nothing of it is imported: what is needed of it is given.
import type { ServiceHandler } from "@connect-ts/runtime";
import { checkOptions } from "@connect-ts/runtime/transport";
import { answersOf, type FakeOptions } from "../answers.js";

export type { FakeOptions } from "../answers.js";

/** What is needed of MSW's `http`. */
export interface MswHttp<Handler> {
  all(path: RegExp, resolver: (info: { readonly request: Request }) => Promise<Response | undefined>): Handler;
}

/**
 * A request handler for MSW that answers the calls of services, in Connect and gRPC-Web, binary and JSON. Messages of streams arrive
 * as they are yielded. An RPC that the services do not have is left to other handlers, and in the end to the network.
 *
 * @param http - MSW's `http`
 * @param services - fakes by `fakeService`, or real handlers
 *
 * @throws TypeError when there are no services, or one is given twice, and for a bad option
 *
 * @example
 * const eliza = fakeService(createElizaServiceHandler, { say: () => ({ sentence: "hi" }) });
 * const server = setupServer(mswHandler(http, eliza));
 */
export function mswHandler<Handler>(
  http: MswHttp<Handler>,
  services: ServiceHandler | readonly ServiceHandler[],
  options: FakeOptions = {},
): Handler {
  checkOptions("mswHandler", options, { baseUrl: "string" });
  const { pattern, answer } = answersOf(services, options);
  return http.all(pattern, ({ request }) => answer(request));
}
