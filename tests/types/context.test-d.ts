// What a context of one's own can be made from, and what can be copied.
import type { HandlerContext } from "@connect-ts/runtime";
import { expectTypeOf } from "expect-type";
import {
  createPingServiceHandler,
  type PingServiceHandler,
  UnimplementedPingServiceHandler,
} from "../gen/src/ping/v1/ping_connect.js";

interface PatientContext extends HandlerContext {
  readonly patient: string;
}

class Ping extends UnimplementedPingServiceHandler<PatientContext> {
  override ping(_request: unknown, context: PatientContext) {
    return { text: context.patient };
  }
}

createPingServiceHandler(new Ping(), { context: (call) => ({ ...call, patient: "Ada" }) });
createPingServiceHandler(new Ping(), { context: async (call) => ({ ...call, patient: "Ada" }) });
createPingServiceHandler(new Ping(), { context: (call) => Object.assign(call, { patient: "Ada" }) });
createPingServiceHandler(new Ping(), { context: (call): PatientContext => ({ ...call, patient: "Ada" }) });
createPingServiceHandler(new Ping(), {
  context: (call: HandlerContext) => Object.assign(call, { patient: "Ada" }),
});
// @ts-expect-error the context lacks what the handler needs
createPingServiceHandler(new Ping(), { context: (call) => ({ ...call }) });
// @ts-expect-error nothing makes the context that the handler needs
createPingServiceHandler(new Ping());

declare const context: HandlerContext;
declare const mine: PatientContext;
// @ts-expect-error a copy of a handler's context lacks the members of its class
const copy: HandlerContext = { ...context };
// @ts-expect-error so does one of a context of one's own
const more: PatientContext = { ...mine, patient: "Grace" };
expectTypeOf(copy).toEqualTypeOf(context);
expectTypeOf(more).toEqualTypeOf(mine);
// @ts-expect-error the response's headers are changed, not replaced
context.responseHeaders = context.requestHeaders;
context.compress = true;

/** A fake for a test of a handler is an object as any. */
const fake: HandlerContext = {
  spec: context.spec,
  peer: context.peer,
  requestHeaders: context.requestHeaders,
  responseHeaders: context.responseHeaders,
  responseTrailers: context.responseTrailers,
  sendHeaders: () => undefined,
  compress: undefined,
  requestCompressed: false,
  signal: context.signal,
  drainSignal: context.drainSignal,
  services: [],
  timeoutMs: () => undefined,
  values: context.values,
  httpMethod: "POST",
  url: "",
  request: undefined,
};
expectTypeOf<PingServiceHandler["ping"]>().toBeCallableWith({} as never, fake);
