// What Lambda loads: its setting "handler" is lambda.handler.
// #region handler
import { type LambdaHandler, lambdaHandler } from "@connect-ts/runtime/lambda";
import { elizaHandler } from "../../eliza/src/service.js";

export const handler: LambdaHandler = lambdaHandler([elizaHandler]);
// #endregion

// #region streaming
export const streaming: LambdaHandler = lambdaHandler([elizaHandler], { streaming: true });
// #endregion
