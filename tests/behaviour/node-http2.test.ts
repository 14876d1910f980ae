import { grpc } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { createNodeHttp2Client } from "@connect-ts/runtime/node-http2";
import { createTransport } from "@connect-ts/runtime/transport";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { testCertificates } from "../setup/certificates.js";
import { rejection, until } from "./helpers.js";
import { kindsOfCalls } from "./kinds.js";
import { type Protocol, protocols } from "./pairs.js";
import { echoHeader, echoTrailer, observed, pingService } from "./ping-service.js";

const certificates = testCertificates();
const names = Object.keys(protocols) as readonly Protocol[];

describe.each([
  ["h2c", false],
  ["TLS", true],
] as const)("a client on node:http2, over %s", (_, secure) => {
  const seen = observed();
  let server: Awaited<ReturnType<typeof serve>>;
  let baseUrl: string;

  beforeAll(async () => {
    const handlers = createPingServiceHandler(pingService(seen));
    const tls = secure ? certificates.server : undefined;
    server = await serve({ handlers, host: "127.0.0.1", tls });
    baseUrl = `${secure ? "https" : "http"}://127.0.0.1:${server.port}`;
  });
  afterAll(() => server.close());

  describe.each(names)("%s", (protocol) => {
    let client: PingServiceClient;
    let close: () => void;

    beforeAll(() => {
      const http = createNodeHttp2Client({ baseUrl, session: { ca: certificates.ca } });
      const transport = createTransport({ baseUrl, http, protocol: protocols[protocol]() });
      client = createPingServiceClient(transport);
      close = () => transport.close?.();
    });
    afterAll(() => close());

    it.each(kindsOfCalls)("makes a $kind call", async ({ run }) => {
      expect(await run(client)).toBe(2n);
    });

    it("brings headers, trailers and the peer back", async () => {
      const headers = { [echoHeader]: "you said", [echoTrailer]: "AQID" };
      const response = await client.ping({ number: 1n }, { headers }).response;
      expect(response.headers.get(echoHeader)).toBe("you said");
      expect(response.trailers.getBinary(echoTrailer)).toEqual(new Uint8Array([1, 2, 3]));
      expect(response.peer).toMatchObject({ protocol, httpVersion: "2", address: `127.0.0.1:${server.port}` });
      expect(response.peer.tls?.authorized).toBe(secure ? true : undefined);
    });

    it("brings an error back", async () => {
      const error = await rejection(client.fail({ code: 9, message: "später" }));
      expect(error).toMatchObject({ code: "failed_precondition", rawMessage: "später", isRemote: true });
    });

    it("sends and receives what does not fit into a window", async () => {
      const data = new Uint8Array(3_000_000).fill(7);
      const answers = await Promise.all([client.ping({ data }), client.ping({ data })]);
      for (const answer of answers) expect(Buffer.compare(answer.data, data)).toBe(0);
    });

    it("converses", async () => {
      const stream = client.cumSum();
      const answers = stream[Symbol.asyncIterator]();
      for (const number of [1n, 2n, 3n]) {
        await stream.send({ number });
        expect((await answers.next()).value?.sum).toBe((number * (number + 1n)) / 2n);
      }
      stream.closeSend();
      expect((await answers.next()).done).toBe(true);
    });

    it("cancels at the server too", async () => {
      const before = seen.aborted.length;
      const stream = client.cumSum();
      await stream.send({ number: 1n });
      const answers = stream[Symbol.asyncIterator]();
      await answers.next();
      stream.cancel();
      expect(await rejection(answers.next())).toMatchObject({ code: "canceled" });
      await until(() => seen.aborted.length > before);
    });

    it("keeps deadlines", async () => {
      expect(await rejection(client.cumSum([], { timeoutMs: 0 })[Symbol.asyncIterator]().next())).toMatchObject({
        code: "deadline_exceeded",
      });
    });
  });
});

it("a client on node:http2 says that nobody listens", async () => {
  const server = await serve({ handlers: createPingServiceHandler(pingService()), host: "127.0.0.1" });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  await server.close();
  const http = createNodeHttp2Client({ baseUrl });
  const client = createPingServiceClient(createTransport({ baseUrl, http, protocol: grpc() }));
  expect(await rejection(client.ping({}))).toMatchObject({
    code: "unavailable",
    rawMessage: expect.stringMatching(/^cannot connect to http:\/\/127.0.0.1:\d+: connect ECONNREFUSED/),
  });
});
