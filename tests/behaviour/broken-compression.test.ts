import { binary, type Compression, json } from "@connect-ts/runtime";
import { gzip } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { combinations, connected, rejection, using } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";

/** Says that it is gzip, and is not. */
const broken: Compression = { ...gzip(), compress: (bytes) => bytes.slice() };

// `fetch` reads whole bodies in gzip itself.
const own = combinations.filter(({ pair }) => !pair.name.includes("fetch"));

describe.each(own)("compressed data that is broken, $name", (combination) => {
  it("is the server's fault in a response, and the client's in a request", async () => {
    const options = { compressions: [broken], compressMinBytes: 0, onError() {} };
    await using(connected(combination, {}, options), async ({ transport }) => {
      const client = createPingServiceClient(transport({ acceptCompression: [gzip()] }));
      for (const { run } of kindsOfCalls) {
        const { code, rawMessage } = await rejection(run(client, { timeoutMs: 20_000 }));
        expect([code, rawMessage]).toEqual(["internal", expect.stringContaining("gzip")]);
      }
    });
    await using(connected(combination, {}, { compressions: [gzip()] }), async ({ transport }) => {
      for (const codec of [binary(), json()]) {
        const setup = { codec, sendCompression: broken, acceptCompression: [gzip()], compressMinBytes: 0 };
        const client = createPingServiceClient(transport(setup));
        for (const { run } of kindsOfCalls) {
          const { code, rawMessage } = await rejection(run(client, { timeoutMs: 20_000 }));
          expect([code, rawMessage]).toEqual(["invalid_argument", expect.stringContaining("gzip")]);
        }
      }
    });
  });
});
