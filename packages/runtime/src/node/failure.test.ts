import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net, { type AddressInfo, type Server } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { HttpFailure } from "../http/http-failure.js";
import { makeCertificates } from "../testing/node/certificates.js";
import { useCleanup } from "../testing/node/cleanup.js";
import { Collector } from "../testing/node/collector.js";
import { requestTo } from "../testing/node/request-head.js";
import { createNodeHttpClient } from "./client/http-client.js";

const cleanup = useCleanup();
const { ca, server: pair } = makeCertificates();
const answer = (_: unknown, response: { end(text: string): void }): void => response.end("ok");

/** Says something to whoever has spoken, and ends the connection. */
function saying(
  bytes: Uint8Array | string,
  drop: (socket: net.Socket) => void = (socket) => void socket.end(),
): Server {
  return net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      if (bytes.length > 0) socket.write(bytes);
      drop(socket);
    });
  });
}

const servers = {
  "HTTP/1.1 alone": () => http.createServer(answer),
  "HTTP/2 alone": () => http2.createServer(answer),
  "TLS with HTTP/1.1 alone": () => https.createServer({ ...pair, ALPNProtocols: ["http/1.1"] }, answer),
  "TLS with HTTP/2 alone": () => http2.createSecureServer(pair, answer),
  "TLS, and answers with an alert": () => saying(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70)),
  "nothing, and ends the connection": () => saying(""),
  "nothing, and resets the connection": () => saying("", (socket) => void socket.resetAndDestroy()),
  "another protocol": () => saying("220 mail.example ESMTP\r\n"),
} as const;

/** How requests to a server fail, one after the other. */
async function failures(
  what: keyof typeof servers,
  scheme: string,
  version: "1.1" | "2" | "auto",
): Promise<readonly HttpFailure[]> {
  const server = servers[what]();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const baseUrl = `${scheme}//127.0.0.1:${port}`;
  const client = createNodeHttpClient({ baseUrl, http: version, tls: { ca } });
  cleanup(() => client.close?.());
  const result: HttpFailure[] = [];
  for (let i = 0; i < 2; i++) {
    const response = new Collector();
    client.request(requestTo("/"), response).end(Buffer.from("hello"));
    await response.over;
    result.push(response.failure as HttpFailure);
  }
  return result;
}

const noTls = 'the server does not speak TLS here: should baseUrl begin with "http:"?';
const hasTls = 'the server speaks TLS here: should baseUrl begin with "https:"?';
const cut =
  'the server closed the connection during the TLS handshake: if it has no TLS there, baseUrl begins with "http:"';
const notOffered =
  'the server does not offer the HTTP version that was asked for: set http: "auto" to take what it offers';
const silent1 =
  'the server closed it without an answer: does it want TLS here (baseUrl with "https:"), or HTTP/2 (http: "2", or protocol: grpc())?';
const silent2 =
  'the server closed it without an answer: does it want TLS here (baseUrl with "https:"), or HTTP/1.1 (http: "1.1")?';

describe("a client that is mistaken about its server is told what to change", () => {
  it.each([
    ["https:", "auto", "HTTP/1.1 alone", noTls],
    ["https:", "1.1", "HTTP/1.1 alone", noTls],
    ["https:", "2", "HTTP/1.1 alone", noTls],
    ["https:", "1.1", "HTTP/2 alone", noTls],
    ["https:", "2", "HTTP/2 alone", noTls],
    ["https:", "auto", "nothing, and ends the connection", cut],
    ["https:", "1.1", "nothing, and resets the connection", cut],
    ["https:", "2", "nothing, and ends the connection", cut],
    ["https:", "1.1", "TLS with HTTP/2 alone", notOffered],
    ["https:", "2", "TLS with HTTP/1.1 alone", notOffered],
    ["http:", "1.1", "TLS, and answers with an alert", hasTls],
    ["http:", "2", "TLS, and answers with an alert", hasTls],
    ["http:", "2", "TLS with HTTP/1.1 alone", silent2],
    ["http:", "2", "TLS with HTTP/2 alone", silent2],
    ["http:", "2", "nothing, and resets the connection", silent2],
    [
      "http:",
      "1.1",
      "HTTP/2 alone",
      'the server speaks HTTP/2 here, and not HTTP/1.1: set http: "2", which is also what protocol: grpc() does',
    ],
    [
      "http:",
      "2",
      "HTTP/1.1 alone",
      'the server answers in HTTP/1.1 here, and not in HTTP/2: set http: "1.1" and, in place of grpc(), connect() or grpcWeb()',
    ],
    ["http:", "2", "another protocol", "the server does not speak HTTP/2 here"],
  ] as const)("%s with HTTP version %s to a server that speaks %s", async (scheme, version, what, why) => {
    const [failure] = await failures(what, scheme, version);
    expect(failure).toMatchObject({ reason: "connect", unprocessed: true });
    expect(failure?.message).toMatch(/^cannot connect to https?:\/\/127.0.0.1:\d+: /);
    expect(failure?.message.endsWith(`: ${why}`)).toBe(true);
  });

  it.each([
    "TLS with HTTP/1.1 alone",
    "TLS with HTTP/2 alone",
    "nothing, and ends the connection",
    "nothing, and resets the connection",
  ] as const)("http: with HTTP version 1.1 to a server that speaks %s", async (what) => {
    for (const failure of await failures(what, "http:", "1.1")) {
      expect(failure).toMatchObject({ reason: "lost", message: `the connection was lost: ${silent1}` });
      // A server that crashes at a request looks the same.
      expect(failure.unprocessed).toBeUndefined();
    }
  });

  it("http: with HTTP version 1.1 to a server that speaks another protocol", async () => {
    expect((await failures("another protocol", "http:", "1.1"))[0]).toMatchObject({
      reason: "protocol",
      message: expect.stringMatching(/^the response is not legal HTTP\/1.1: /),
    });
  });
});

describe("a server that has answered before", () => {
  it("is not called mistaken when it closes a connection", async () => {
    let requests = 0;
    const server = http.createServer({ keepAlive: false } as http.ServerOptions, (request, response) => {
      if (++requests > 1) request.socket.end();
      else response.setHeader("connection", "close").end("ok");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup(() => void server.close());
    const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    cleanup(() => client.close?.());
    for (const message of [undefined, "the connection was lost: socket hang up"]) {
      const response = new Collector();
      client.request(requestTo("/"), response).end(Buffer.from("hello"));
      await response.over;
      expect(response.failure?.message).toBe(message);
    }
  });
});
