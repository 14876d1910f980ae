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
  validate,
};

it.each(Object.entries(factories))("%s() names an option that it does not have", async (name, make) => {
  const told = `${name} has no option "servces": it has `;
  await expect((async () => make({ servces: [] } as never))()).rejects.toThrow(told);
});

it.each(Object.entries(factories))("%s() takes no list for options", async (name, make) => {
  await expect((async () => make([] as never))()).rejects.toThrow(`the options of ${name} must be`);
});
