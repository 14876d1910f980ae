import type { IncomingMessage, ServerResponse } from "node:http";
import http2 from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import express from "express";
import fastify from "fastify";
import Koa from "koa";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { testCertificates } from "../setup/certificates.js";

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

let server: Server | undefined;
afterEach(() => server?.close());

/** What an application sees of a request. */
const about = ({ method, url, headers, socket }: IncomingMessage, body: string) => ({
  method,
  url,
  host: headers.host,
  cookie: headers.cookie,
  body,
  address: socket.remoteAddress,
  encrypted: (socket as TLSSocket).encrypted,
  authorized: (socket as TLSSocket).authorized,
});

const applications: readonly (readonly [string, () => Promise<Listener>])[] = [
  [
    "Express",
    async () => {
      const app = express();
      app.use(express.text());
      app.post("/app", (request, response) => {
        response.append("x-app", "express").json(about(request, request.body));
      });
      return app;
    },
  ],
  [
    "Koa",
    async () => {
      const app = new Koa();
      app.use(async (context) => {
        let body = "";
        for await (const chunk of context.req) body += chunk;
        context.set("x-app", "koa");
        context.body = about(context.req, body);
      });
      return app.callback();
    },
  ],
  [
    "Fastify",
    async () => {
      const app = fastify();
      app.post("/app", async (request, reply) => {
        reply.header("x-app", "fastify");
        return about(request.raw, request.body as string);
      });
      await app.ready();
      return app.routing;
    },
  ],
];

describe.each(applications)("%s as a fallback", (name, make) => {
  it.each([
    ["without TLS", false],
    ["with TLS and a certificate of the client", true],
  ])("of serve() over HTTP/2 %s sees the request as it came, and who sent it", async (_how, secure) => {
    const certificates = testCertificates();
    server = await serve({
      handlers: createPingServiceHandler(pingService()),
      host: "127.0.0.1",
      fallback: await make(),
      ...(secure ? { tls: { ...certificates.server, ca: certificates.ca, requestCert: true } } : {}),
    });
    const session = http2.connect(`${secure ? "https" : "http"}://localhost:${server.port}`, {
      ca: certificates.ca,
      ...certificates.client,
    });
    const stream = session.request({
      ":method": "POST",
      ":path": "/app?q=1",
      "content-type": "text/plain",
      cookie: ["a=1", "b=2"],
    });
    stream.end("hello");
    let text = "";
    let head: http2.IncomingHttpHeaders = {};
    stream.on("response", (headers) => {
      head = headers;
    });
    for await (const chunk of stream) text += chunk;
    session.close();
    expect([head[":status"], head["x-app"]]).toEqual([200, name.toLowerCase()]);
    expect(JSON.parse(text)).toEqual({
      method: "POST",
      url: "/app?q=1",
      host: `localhost:${server.port}`,
      cookie: "a=1; b=2",
      body: "hello",
      address: "127.0.0.1",
      ...(secure ? { encrypted: true, authorized: true } : {}),
    });
  });
});
