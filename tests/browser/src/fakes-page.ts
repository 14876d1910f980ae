// Runs in the browser, where MSW's worker or Playwright catches its calls. Tests call its functions by their names.
import { ConnectError, connect, grpcWeb, json, type Transport } from "@connect-ts/runtime";
import { createFetchTransport, type FetchTransportOptions } from "@connect-ts/runtime/fetch";
import { fakeService } from "@connect-ts/runtime/in-process";
import { mswHandler } from "@connect-ts/testing/msw";
import { http } from "msw";
import { setupWorker } from "msw/browser";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { outcomes, steps, stepwise } from "../../runners/src/checks.js";

const ways: { readonly [name: string]: Partial<FetchTransportOptions> } = {
  "Connect, binary": {},
  "Connect, JSON": { codec: json() },
  "Connect, with GET": { protocol: connect({ useHttpGet: true }) },
  "gRPC-Web, binary": { protocol: grpcWeb() },
  "gRPC-Web, JSON": { protocol: grpcWeb(), codec: json() },
};
const transport = (way: string, baseUrl: string): Transport => createFetchTransport({ baseUrl, ...ways[way] });
const worker = setupWorker();

export const page = {
  /** Starts MSW's worker with all fakes, or with some that leave the rest to the network. */
  async mock(fakes: "all" | "slow" | "one"): Promise<void> {
    if (fakes === "all") worker.use(mswHandler(http, createPingServiceHandler(pingService())));
    if (fakes === "slow") worker.use(mswHandler(http, fakeService(createPingServiceHandler, stepwise())));
    const one = { ping: () => ({ text: "fake" }) };
    if (fakes === "one") worker.use(mswHandler(http, fakeService(createPingServiceHandler, one, "absent")));
    await worker.start({ quiet: true, onUnhandledRequest: "bypass" });
  },
  outcomes: (way: string, baseUrl: string): Promise<object> => outcomes(transport(way, baseUrl)),
  steps: (way: string, baseUrl: string, timeoutMs?: number): Promise<number> =>
    steps(transport(way, baseUrl), timeoutMs),
  /** Two calls: the text of one, the code of the other. */
  async pair(baseUrl: string): Promise<readonly [text: string, code: string]> {
    const ping = createPingServiceClient(transport("Connect, JSON", baseUrl));
    const code = await ping.fail({ code: 5 }).then(
      () => "ok",
      (error: unknown) => ConnectError.from(error).code,
    );
    return [(await ping.ping({ text: "real" })).text, code];
  },
};

Object.assign(globalThis, { page });
