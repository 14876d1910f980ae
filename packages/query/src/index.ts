// The door of the package: what users import.
export { createQueries, type Queries, type QueriesOf, type QueriesOptions } from "./create-queries.js";
export { type Hydration, hydration } from "./hydration.js";
export { type EntryKind, type KeyFilter, type KeyParts, type RpcKey, rpcKey, type ServiceSpecs } from "./keys.js";
export type {
  AnswerOptions,
  AnswerQuery,
  ChangeMutation,
  ChangeOptions,
  MethodKeys,
  Mutations,
  PageField,
  PageParam,
  PagesOptions,
  PagesQuery,
  QueryCallOptions,
  QueryRun,
  ReducedStreamOptions,
  StreamOptions,
  StreamQueries,
  UnaryQueries,
} from "./options.js";
export { retryPolicy } from "./retry-policy.js";
