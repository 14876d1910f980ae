import { gzipSync } from "node:zlib";
import { binary, type CallOptions, json } from "@connect-ts/runtime";
import { createFetchRpc } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, pingServiceSpecs } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";

const options: CallOptions = { timeoutMs: 20_000 };
const refused = "the message takes more than 50 bytes when it is decoded: raise decodedMaxBytes to accept it";

describe.each(combinations)("decodedMaxBytes, $name", (combination) => {
  it.each([binary(), json()])(
    "holds for messages in $name, on both sides, and its default lets them pass",
    async (codec) => {
      await using(connected(combination), async ({ transport }) => {
        for (const { run } of kindsOfCalls) {
          expect(await run(createPingServiceClient(transport({ codec })), options)).toBe(2n);
          const client = createPingServiceClient(transport({ codec, decodedMaxBytes: 50 }));
          const { code, rawMessage } = await rejection(run(client, options));
          expect([code, rawMessage]).toEqual(["resource_exhausted", refused]);
        }
      });
      await using(connected(combination, {}, { decodedMaxBytes: 50 }), async ({ transport }) => {
        for (const { run } of kindsOfCalls) {
          const { code, rawMessage } = await rejection(run(createPingServiceClient(transport({ codec })), options));
          expect([code, rawMessage]).toEqual(["resource_exhausted", refused]);
        }
      });
    },
  );
});

describe("decodedMaxBytes of a service", () => {
  const [combination] = combinations;

  it("goes before that of the server, and Infinity is no limit", async () => {
    if (combination === undefined) throw new Error("there are combinations");
    const perMethod = () => ({ decodedMaxBytes: Number.POSITIVE_INFINITY });
    await using(connected(combination, {}, { decodedMaxBytes: 50, perMethod }), async ({ client }) => {
      expect((await client.ping({ number: 2n }, options)).number).toBe(2n);
    });
  });

  it("follows readMaxBytes where nobody says", async () => {
    if (combination === undefined) throw new Error("there are combinations");
    const body = `{"unknown":[${"[],".repeat(30_000)}[]]}`;
    for (const [readMaxBytes, status] of [
      [100_000, 429],
      [1_000_000, 200],
    ] as const) {
      await using(connected(combination, {}, { readMaxBytes }), async ({ baseUrl }) => {
        const headers = { "content-type": "application/json" };
        const response = await fetch(`${baseUrl}/ping.v1.PingService/Ping`, { method: "POST", headers, body });
        expect(response.status).toBe(status);
      });
    }
  });

  it("ends a small request that inflates to millions of fields", async () => {
    if (combination === undefined) throw new Error("there are combinations");
    const body = gzipSync(new Uint8Array(3 * 1024 * 1024).map((_, index) => [0x80, 0x7d, 0][index % 3] as number));
    // 4 KB by zlib; other implementations compress less.
    expect(body.length).toBeLessThan(16_384);
    await using(connected(combination), async ({ baseUrl }) => {
      const headers = { "content-type": "application/proto", "content-encoding": "gzip" };
      const before = process.memoryUsage().heapUsed;
      const response = await fetch(`${baseUrl}/ping.v1.PingService/Ping`, { method: "POST", headers, body });
      expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
    });
  });

  it("is one of createFetchRpc too", async () => {
    if (combination === undefined) throw new Error("there are combinations");
    await using(connected(combination), async ({ baseUrl }) => {
      const ping = createFetchRpc(pingServiceSpecs.ping, { baseUrl, decodedMaxBytes: 50 });
      const { code, rawMessage } = await rejection(ping({ number: 2n }));
      expect([code, rawMessage]).toEqual(["resource_exhausted", refused]);
    });
  });
});
