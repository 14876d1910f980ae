// The door for AWS Lambda.
export type { AlbEvent, HttpApiEvent, LambdaContext, LambdaEvent, RestApiEvent } from "./event.js";
export {
  type LambdaHandler,
  type LambdaHandlerOptions,
  type LambdaInvocation,
  lambdaHandler,
  lambdaInvocation,
} from "./handler.js";
export type { LambdaResult } from "./result.js";
