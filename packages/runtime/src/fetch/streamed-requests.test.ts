import { afterEach, describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import type { HttpFailure } from "../http/http-failure.js";
import { canStreamRequests } from "../http/request-streams.js";
import { createFetchHttpClient } from "./http-client.js";

const { Request: RealRequest, fetch: realFetch } = globalThis;

afterEach(() => {
  Object.assign(globalThis, { Request: RealRequest, fetch: realFetch });
});

/** What Firefox makes of a stream. */
function textInsteadOfStreams(): void {
  const fake = (url: string, init: RequestInit): Request => new RealRequest(url, { ...init, body: String(init.body) });
  Object.assign(globalThis, { Request: fake });
}

describe("request streams", () => {
  it("are seen where the platform has them", () => {
    expect(canStreamRequests()).toBe(true);
  });

  it("are missed where the platform makes text of them, and where it throws", () => {
    textInsteadOfStreams();
    expect(canStreamRequests()).toBe(false);
    Object.assign(globalThis, { Request: undefined });
    expect(canStreamRequests()).toBe(false);
  });

  it("fail with a hint where they are missing, and nothing is sent", async () => {
    textInsteadOfStreams();
    let calls = 0;
    Object.assign(globalThis, {
      fetch: () => {
        calls++;
        return new Promise(() => undefined);
      },
    });
    const failure = await new Promise<HttpFailure>((resolve, reject) => {
      const fail = (): void => reject(new Error("not expected"));
      const stream = createFetchHttpClient({ baseUrl: "http://h.example" }).request(
        {
          method: "POST",
          path: "/a.S/M",
          headers: new HeaderMap(),
          needsTrailers: false,
          needsFullDuplex: false,
        },
        { head: fail, data: fail, end: fail, drain: fail, error: resolve },
      );
      stream.write(new Uint8Array(10));
    });
    expect(failure).toMatchObject({
      reason: "unsupported",
      message: expect.stringContaining("cannot stream a request"),
    });
    expect(calls).toBe(0);
  });
});
