// For generated code alone, which names what it needs of it: nothing here is for people to call, and it may change with
// each version together with the generator.
export type { RuntimeAtLeast0_1 } from "../call/generated-code.js";
export { type MemberName, memberName, type ReservedMember } from "../call/member-name.js";
export { type BoundMethod, bindPlainTransport, bindTransport, plainUnaryMethod } from "../client/bind-transport.js";
export type { ClientBinding } from "../client/client-call.js";
export {
  plainBidiStreamingMethod,
  plainClientStreamingMethod,
  plainServerStreamingMethod,
} from "../client/plain-stream-methods.js";
export { bidiStreamingMethod, clientStreamingMethod, serverStreamingMethod } from "../client/stream-methods.js";
export { unaryMethod } from "../client/unary-method.js";
export {
  createServiceHandler,
  type Implementation,
  type ServiceDescriptor,
  type ServiceMethod,
  type ServiceReference,
  unimplemented,
} from "../handler/service-handler.js";
export * from "./codec.js";
