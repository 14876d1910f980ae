// Calls the function with events, as AWS does.
import type { HandlerContext } from "@connect-ts/runtime";
import { type HttpApiEvent, lambdaHandler, lambdaInvocation } from "@connect-ts/runtime/lambda";
import { createElizaServiceHandler } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { handler, streaming } from "./lambda.js";

const event: HttpApiEvent = {
  rawPath: "/connectrpc.eliza.v1.ElizaService/Say",
  headers: { "content-type": "application/json", host: "abc.lambda-url.eu-central-1.on.aws" },
  requestContext: { http: { method: "POST", sourceIp: "203.0.113.7" } },
  body: JSON.stringify({ sentence: "I feel light" }),
};
console.log((await handler(event, {})).body);
// Here is no Lambda, and nothing to stream with: the answer is whole.
console.log((await streaming(event, {})).statusCode);

// #region invocation
/** Who API Gateway's authorizer says it is. */
function userOf(context: HandlerContext): unknown {
  const invocation = lambdaInvocation(context);
  const { authorizer } = (invocation?.event.requestContext ?? {}) as { authorizer?: { lambda?: { user?: string } } };
  return authorizer?.lambda?.user;
}
// #endregion
const greeter = createElizaServiceHandler({
  say: (_request, context) => ({ sentence: `Hello ${userOf(context)}.` }),
  async *introduce() {},
  collect: () => ({}),
  async *converse() {},
});
const authorizer = { lambda: { user: "Ada" } };
const asAda = { ...event, requestContext: { ...event.requestContext, authorizer } };
console.log((await lambdaHandler([greeter])(asAda, {})).body);
