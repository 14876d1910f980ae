// The packages around the runtime refuse options that they do not have, as its own factories do.
import { admission } from "@connect-ts/admission";
import { balance } from "@connect-ts/balance";
import { explorer } from "@connect-ts/explorer";
import { createGateway } from "@connect-ts/gateway";
import { createHealth, waitUntilServing } from "@connect-ts/health";
import { log, userTiming } from "@connect-ts/log";
import { otel } from "@connect-ts/otel";
import { createReflection, reflectServer } from "@connect-ts/reflection";
import { rest } from "@connect-ts/rest";
import { openApi } from "@connect-ts/rest/openapi";
import { withRetry } from "@connect-ts/retry";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { playCalls, recordCalls } from "@connect-ts/testing";
import { mswHandler } from "@connect-ts/testing/msw";
import { routeFakes } from "@connect-ts/testing/playwright";
import { validate } from "@connect-ts/validate";
import { expect, it } from "@jest/globals";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { pingService } from "./ping-service.js";

const service = createPingServiceHandler(pingService());
const transport = createInProcessTransport(service);

const factories: { readonly [name: string]: (options: never) => unknown } = {
  admission,
  balance,
  explorer,
  createGateway,
  createHealth,
  waitUntilServing: (options) => waitUntilServing(transport, options),
  log,
  userTiming,
  otel,
  createReflection,
  reflectServer: (options) => reflectServer(transport, options),
  rest: (options) => rest(service, options),
  openApi: (options) => openApi(service, options),
  withRetry: (options) => withRetry(transport, options),
  playCalls: (options) => playCalls("", options),
  recordCalls: (options) => recordCalls(transport, options),
  mswHandler: (options) => mswHandler({ all: () => undefined }, service, options),
  routeFakes: (options) => routeFakes({ route: async () => undefined }, service, options),
  validate,
};

it.each(Object.entries(factories))("%s() names an option that it does not have", async (name, make) => {
  const told = `${name} has no option "servces": it has `;
  await expect((async () => make({ servces: [] } as never))()).rejects.toThrow(told);
});

it.each(Object.entries(factories))("%s() takes no list for options", async (name, make) => {
  await expect((async () => make([] as never))()).rejects.toThrow(`the options of ${name} must be`);
});

it.each(Object.entries(factories))("%s() names each option that is null", async (_, make) => {
  const told = await (async () => make({ servces: [] } as never))().then(String, (error: Error) => error.message);
  const names = told.slice(told.indexOf("it has ") + 7).split(", ");
  for (const option of names) {
    const error = (async () => make({ [option]: null } as never))();
    await expect(error).rejects.toThrow(new RegExp(`^${option}\\b(?!.*(undefined|destructure|properties of))`));
  }
  expect(names.length).toBeGreaterThan(0);
});

it("policies of retries name what is wrong with them", () => {
  const bad = (policy: unknown) => () => withRetry(transport, { policy: policy as never });
  expect(bad({ maxAttemps: 3 })).toThrow('the policy has no option "maxAttemps": it has maxAttempts, ');
  expect(bad("fast")).toThrow("the options of the policy must be of type object");
  expect(bad({ retryableCodes: "unavailable" })).toThrow("retryableCodes of the policy must be a list of codes");
  expect(() => withRetry(transport, { throttle: { tokens: 1 } as never })).toThrow("the throttle has no option");
});

it("admission takes its own defaults", () => {
  const limits = { maxPerCaller: Number.POSITIVE_INFINITY, targetMs: Number.POSITIVE_INFINITY };
  expect(() => admission(limits)).not.toThrow();
  expect(() => admission({ maxLimit: Number.POSITIVE_INFINITY })).toThrow("from 1 to 1000000, and Infinity is not");
  expect(() => admission({ maxPerCaller: 0 })).toThrow("from 1 to 1000000 or Infinity, and 0 is not");
});
