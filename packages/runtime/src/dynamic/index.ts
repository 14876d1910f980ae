// Clients and handlers from descriptors that are known only at run time.
export { memberName } from "../call/member-name.js";
export { type SpecOf, specOf } from "../call/spec-of.js";
export { esCodec } from "../message/es-codec.js";
export {
  createClient,
  type DynamicClient,
  type DynamicMethod,
  type TypedMethod,
  type UntypedMethod,
} from "./create-client.js";
export {
  createHandler,
  type DynamicHandler,
  type DynamicImplementation,
  type TypedHandler,
  type UntypedHandler,
} from "./create-handler.js";
