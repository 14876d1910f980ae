// The same tests for vitest and for jest: each gives its own functions.
import { ConnectError, connect, grpcWeb, json, type Transport } from "@connect-ts/runtime";
import { createFetchTransport, type FetchTransportOptions } from "@connect-ts/runtime/fetch";
import { fakeClient, fakeService } from "@connect-ts/runtime/in-process";
import { mswHandler } from "@connect-ts/testing/msw";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { observed, pingService } from "../../behaviour/ping-service.js";
import {
  createElizaServiceClient,
  createElizaServiceHandler,
} from "../../gen/src/connectrpc/eliza/v1/eliza_connect.js";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../../gen/src/ping/v1/ping_connect.js";
import { expected, leave, outcomes, steps, stepwise } from "./checks.js";

interface Expectation {
  toBe(value: unknown): void;
  toEqual(value: unknown): void;
}

/** What the two runners have in common. */
export interface Runner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  beforeAll(body: () => void): void;
  afterEach(body: () => void): void;
  afterAll(body: () => void): void;
  expect(value: unknown): Expectation;
  /** A mock function. */
  fn<Args extends unknown[], R>(
    body: (...args: Args) => R,
  ): ((...args: Args) => R) & {
    readonly mock: { readonly calls: readonly Args[] };
  };
}

/** Code under test, which asks for the part of a client that it uses. */
async function shout(ping: Pick<PingServiceClient, "ping">, text: string): Promise<string> {
  return (await ping.ping({ text })).text.toUpperCase();
}

// #region msw
const eliza = fakeService(createElizaServiceHandler, {
  say: ({ sentence }) => ({ sentence: `${sentence} Go on.` }),
  async *introduce({ name }) {
    yield { sentence: `Hi ${name}.` };
  },
});
const mocks = setupServer(mswHandler(http, eliza, { baseUrl: "https://eliza.example.com" }));
// #endregion
const baseUrl = "http://api.example.com";
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function sample({ describe, it, beforeAll, afterEach, afterAll, expect, fn }: Runner): void {
  describe("a fake client", () => {
    it("may have mock functions, and stands where a part of a client is asked for", async () => {
      const answer = fn((request: { readonly text: string }) => ({ text: `${request.text}!` }));
      const ping = fakeClient(createPingServiceClient, createPingServiceHandler, { ping: answer });
      expect(await shout(ping, "hi")).toBe("HI!");
      expect(answer.mock.calls.length).toBe(1);
      expect(answer.mock.calls[0]?.[0].text).toBe("hi");
    });
  });

  it("MSW answers as the page on testing shows", async () => {
    mocks.listen({ onUnhandledRequest: "error" });
    const client = createElizaServiceClient(createFetchTransport({ baseUrl: "https://eliza.example.com" }));
    expect((await client.say({ sentence: "Hm." })).sentence).toBe("Hm. Go on.");
    for await (const { sentence } of client.introduce({ name: "Ada" })) expect(sentence).toBe("Hi Ada.");
    mocks.close();
  });

  describe("MSW", () => {
    const server = setupServer();
    const transport = (options: Partial<FetchTransportOptions> = {}): Transport =>
      createFetchTransport({ baseUrl, ...options });
    beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
    afterEach(() => server.resetHandlers());
    afterAll(() => server.close());

    for (const [name, options] of Object.entries({
      "Connect, binary": { protocol: connect() },
      "Connect, JSON": { protocol: connect(), codec: json() },
      "Connect, with GET": { protocol: connect({ useHttpGet: true }) },
      "gRPC-Web, binary": { protocol: grpcWeb() },
      "gRPC-Web, JSON": { protocol: grpcWeb(), codec: json() },
    })) {
      it(`answers ${name}: messages, headers, trailers, errors with details, streams`, async () => {
        server.use(mswHandler(http, createPingServiceHandler(pingService()), { baseUrl }));
        expect(await outcomes(transport(options))).toEqual(expected);
      });

      it(`answers ${name} below a path`, async () => {
        server.use(mswHandler(http, createPingServiceHandler(pingService())));
        expect(await outcomes(transport({ ...options, baseUrl: `${baseUrl}/v1/rpc` }))).toEqual(expected);
      });
    }

    it("gives messages of a stream as they come", async () => {
      server.use(mswHandler(http, fakeService(createPingServiceHandler, stepwise())));
      expect(await steps(transport())).toBe(3);
    });

    it("tells a fake that its caller has gone", async () => {
      const seen = observed();
      server.use(mswHandler(http, createPingServiceHandler(pingService(seen))));
      await leave(transport());
      for (let i = 0; i < 2_000 && seen.finished.length === 0; i++) await pause(10);
      expect(seen.finished.length).toBe(1);
    });

    it("leaves an RPC without a fake to other handlers where the fake says so", async () => {
      const methods = { ping: () => ({ text: "fake" }) };
      const elsewhere = http.all(`${baseUrl}/*`, () => new HttpResponse(null, { status: 429 }));
      const ping = createPingServiceClient(transport());
      const code = (): Promise<unknown> => ping.fail({}).catch((error: unknown) => ConnectError.from(error).code);
      server.use(mswHandler(http, fakeService(createPingServiceHandler, methods, "absent")), elsewhere);
      expect((await ping.ping({})).text).toBe("fake");
      expect(await code()).toBe("unavailable");
      server.use(mswHandler(http, fakeService(createPingServiceHandler, methods)));
      expect(await code()).toBe("unimplemented");
    });

    it("leaves other servers alone", async () => {
      const elsewhere = http.all("*", () => new HttpResponse(null, { status: 429 }));
      server.use(mswHandler(http, createPingServiceHandler(pingService()), { baseUrl: `${baseUrl}/v1` }), elsewhere);
      for (const other of [baseUrl, "http://other.example.com/v1", `${baseUrl}/v1/v1`]) {
        const ping = createPingServiceClient(transport({ baseUrl: other }));
        expect(await ping.ping({}).catch((error: unknown) => ConnectError.from(error).code)).toBe("unavailable");
      }
    });
  });
}
