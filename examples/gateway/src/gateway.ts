import type { DescService } from "@bufbuild/protobuf";
import {
  ConnectError,
  type HandlerContext,
  type Interceptor,
  type ServiceHandler,
  type Transport,
} from "@connect-ts/runtime";
import { createClient, createHandler, memberName } from "@connect-ts/runtime/dynamic";

// #region gateway
/** A service that passes every call on: whatever protocol it came by, it leaves by the transport's. */
export function createGateway(service: DescService, upstream: Transport): ServiceHandler {
  const client = createClient(service, upstream);
  const forward = service.methods.map(memberName).map((name) => [
    name,
    // The caller's deadline and cancellation hold for the call that is made for it.
    (request: never, context: HandlerContext) => client[name]?.(request, { parent: context }),
  ]);
  return createHandler(service, Object.fromEntries(forward), { interceptors: [passErrorsOn] });
}

/** An error of another server is hidden from the client unless a handler makes it its own. */
const passErrorsOn: Interceptor = async (_call, next) => {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof ConnectError && error.isRemote)) throw error;
    throw new ConnectError(error.code, error.rawMessage, { details: error.details });
  }
};
// #endregion
