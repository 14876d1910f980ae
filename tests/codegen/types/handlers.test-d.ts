// What compiles when a service is implemented, and what does not.
import type { HandlerContext, ServiceHandler } from "@connect-ts/runtime";
import {
  createKindsServiceHandler,
  type KindsServiceHandler,
  UnimplementedKindsServiceHandler,
} from "../golden/kinds/v1/kinds_connect.js";
import type { UnaryRequest } from "../golden/kinds/v1/kinds_pb.js";

interface UserContext extends HandlerContext {
  readonly user: string;
}

function withUser(context: HandlerContext): UserContext {
  return Object.assign(context, { user: "ada" });
}

declare const plain: KindsServiceHandler;
declare const needsUser: KindsServiceHandler<UserContext>;

const mounted: ServiceHandler = createKindsServiceHandler(plain);
createKindsServiceHandler(plain, { interceptors: [] });
createKindsServiceHandler(plain, { context: withUser });
createKindsServiceHandler(needsUser, { context: withUser, interceptors: [] });
createKindsServiceHandler(needsUser, { context: async (context) => withUser(context) });

// @ts-expect-error: nothing makes the context that the handlers need
createKindsServiceHandler(needsUser);
// @ts-expect-error: nothing makes the context that the handlers need
createKindsServiceHandler(needsUser, { interceptors: [] });
// @ts-expect-error: what is made is not what the handlers need
createKindsServiceHandler(needsUser, { context: (context) => context });

// Handlers that need less can be given more, and not the other way round.
const moreContext: KindsServiceHandler<UserContext> = plain;
// @ts-expect-error: a user is needed
const lessContext: KindsServiceHandler = needsUser;

// Parameters have their types without annotations.
createKindsServiceHandler({
  ...plain,
  unary: (request, context) => ({ text: request.text + context.url }),
  async idempotent(request) {
    return { text: request.text };
  },
  async *serverStreaming(request) {
    yield { text: request.text };
  },
  async clientStreaming(requests) {
    for await (const request of requests) {
      return { text: request.text };
    }
    return {};
  },
  async *bidiStreaming(requests, context) {
    for await (const request of requests) {
      yield { text: request.text + context.httpMethod };
    }
  },
});
createKindsServiceHandler(
  { ...plain, unary: (request, context) => ({ text: request.text + context.user }) },
  { context: withUser },
);

// @ts-expect-error: most RPCs are missing
createKindsServiceHandler({ unary: () => ({}) });
// @ts-expect-error: a response has no such field
createKindsServiceHandler({ ...plain, unary: () => ({ txt: "" }) });
// @ts-expect-error: a field has another type
createKindsServiceHandler({ ...plain, unary: () => ({ text: 1 }) });
// @ts-expect-error: a stream is not a message
createKindsServiceHandler({ ...plain, serverStreaming: async () => ({}) });

class Kinds extends UnimplementedKindsServiceHandler {
  override unary(request: UnaryRequest): { text: string } {
    return { text: request.text };
  }
  override async *serverStreaming(request: UnaryRequest, context: HandlerContext): AsyncGenerator<{ text: string }> {
    yield { text: request.text + context.url };
  }
}
createKindsServiceHandler(new Kinds());

class KindsWithUser extends UnimplementedKindsServiceHandler<UserContext> {
  override unary(_request: UnaryRequest, context: UserContext): { text: string } {
    return { text: context.user };
  }
}
createKindsServiceHandler(new KindsWithUser(), { context: withUser });
// @ts-expect-error: nothing makes the context that the handlers need
createKindsServiceHandler(new KindsWithUser());

// A class that takes a context which nobody declared.
class Sly extends UnimplementedKindsServiceHandler {
  override unary(_request: UnaryRequest, context: UserContext): { text: string } {
    return { text: context.user };
  }
}
// @ts-expect-error: nothing makes the context that the handlers need
createKindsServiceHandler(new Sly());

export { lessContext, moreContext, mounted };
