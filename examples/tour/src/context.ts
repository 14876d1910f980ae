// A stop of the tour: main.ts runs them all.
import { ConnectError, type HandlerContext } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createElizaServiceClient, createElizaServiceHandler, UnimplementedElizaServiceHandler } from "./eliza.js";

// #region context
/** What our handlers want to know of every call. */
interface PatientContext extends HandlerContext {
  readonly patient: string;
}

class FamiliarEliza extends UnimplementedElizaServiceHandler<PatientContext> {
  override say(_request: unknown, context: PatientContext) {
    return { sentence: `Hello again, ${context.patient}.` };
  }
}

const handler = createElizaServiceHandler(new FamiliarEliza(), {
  // After the interceptors and before the handler; what it throws fails the call.
  context(call): PatientContext {
    const patient = call.requestHeaders.get("patient");
    if (patient === null) throw new ConnectError("unauthenticated", "who are you?");
    return Object.assign(call, { patient });
  },
});
// #endregion

const eliza = createElizaServiceClient(createInProcessTransport(handler), { headers: { patient: "Ada" } });
console.log(`  ${(await eliza.say({})).sentence}`);
