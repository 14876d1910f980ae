import http, { type IncomingMessage, type RequestListener } from "node:http";
import http2, { type Http2ServerRequest } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import type { ServiceHandler } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { nodeHandler, serve } from "@connect-ts/runtime/node";
import middie from "@fastify/middie";
import { serve as serveHono } from "@hono/node-server";
import connect from "connect";
import express from "express";
import fastify, { type FastifyInstance } from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import koaMount from "koa-mount";

/** What a host is asked to serve. */
export interface Mounted {
  readonly service: ServiceHandler;
  /** One service with its path, or a list. */
  readonly form: "pair" | "list";
  /** Where: `""` or `"/api"`. */
  readonly below: string;
  /** What a middleware makes of each URL. */
  readonly rewrite: (url: string) => string;
  readonly version: "1.1" | "2";
}

/** A host that listens. */
export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

type Start = (mounted: Mounted) => Promise<Listening>;
type Parsed = IncomingMessage | Http2ServerRequest;

/** Hosts whose middleware may rewrite URLs. */
export const hosts: readonly (readonly [name: string, version: Mounted["version"], start: Start])[] = [
  ["node:http", "1.1", plain],
  ["node:http2", "2", plain],
  ["Express", "1.1", inExpress],
  ["a router of Express", "1.1", inRouterOfExpress],
  ["connect", "1.1", inConnect],
  ["Fastify with middie", "1.1", inMiddie],
  ["Fastify with middie", "2", inMiddie],
  ["a route of Fastify", "1.1", inFastify],
  ["a route of Fastify", "2", inFastify],
  ["Koa", "1.1", inKoa],
  ["Koa", "2", inKoa],
  ["Hono on Node", "1.1", inHono],
  ["Hono on Node", "2", inHono],
  ["a route of Hono", "1.1", inRouteOfHono],
  ["a catch-all route, as Next.js has them,", "1.1", inCatchAll],
];

export const allHosts: typeof hosts = [...hosts, ["serve()", "1.1", ours], ["serve()", "2", ours]];

function changeUrl(request: Parsed, rewrite: Mounted["rewrite"]): void {
  request.url = rewrite(request.url ?? "");
}

/** Puts the URL right, and leaves the rest to the handler. */
function plain({ service, form, below, rewrite, version }: Mounted): Promise<Listening> {
  const options = { pathPrefix: below };
  const handler = form === "pair" ? nodeHandler(service, options)[1] : nodeHandler([service], options);
  return listen(version, (request, response) => {
    changeUrl(request, rewrite);
    handler(request, response);
  });
}

/** It owns its port: there is nobody who could rewrite. */
function ours({ service, form, below }: Mounted): Promise<Listening> {
  return serve({ handlers: form === "pair" ? service : [service], pathPrefix: below, host: "127.0.0.1" });
}

function inExpress({ service, form, below, rewrite, version }: Mounted): Promise<Listening> {
  const app = express();
  app.use((request, _response, next) => {
    changeUrl(request, rewrite);
    next();
  });
  const [path, handler] = nodeHandler(service);
  if (form === "pair") app.use(below + path, handler);
  else app.use(below === "" ? "/" : below, nodeHandler([service]));
  return listen(version, app as RequestListener);
}

function inRouterOfExpress({ service, form, below, rewrite, version }: Mounted): Promise<Listening> {
  const app = express();
  const router = express.Router();
  app.use((request, _response, next) => {
    changeUrl(request, rewrite);
    next();
  });
  app.use(below === "" ? "/" : below, router);
  if (form === "pair") router.use(...nodeHandler(service));
  else router.use(nodeHandler([service]));
  return listen(version, app as RequestListener);
}

function inConnect({ service, form, below, rewrite, version }: Mounted): Promise<Listening> {
  const app = connect();
  app.use((request, _response, next) => {
    changeUrl(request, rewrite);
    next();
  });
  const [path, handler] = nodeHandler(service);
  if (form === "pair") app.use(below + path, handler);
  else app.use(below === "" ? "/" : below, nodeHandler([service]));
  return listen(version, app);
}

async function inMiddie(mounted: Mounted): Promise<Listening> {
  const { service, form, below } = mounted;
  const app = createFastify(mounted);
  await app.register(middie);
  const [path, handler] = nodeHandler(service);
  if (form === "pair") app.use(below + path, handler);
  else app.use(below === "" ? "/" : below, nodeHandler([service]));
  return listenFastify(app);
}

async function inFastify(mounted: Mounted): Promise<Listening> {
  const { service, form, below } = mounted;
  const app = createFastify(mounted);
  const options = { pathPrefix: below };
  const [path, single] = nodeHandler(service, options);
  const handler = form === "pair" ? single : nodeHandler([service], options);
  app.route({
    method: ["GET", "POST"],
    url: `${path}*`,
    // Before Fastify reads the body.
    onRequest(request, reply) {
      reply.hijack();
      handler(request.raw, reply.raw);
    },
    handler: () => undefined,
  });
  return listenFastify(app);
}

function createFastify({ version, rewrite }: Mounted): FastifyInstance {
  const rewriteUrl = ({ url = "" }: { url?: string | undefined }): string => rewrite(url);
  return version === "2"
    ? (fastify({ rewriteUrl, http2: true }) as unknown as FastifyInstance)
    : fastify({ rewriteUrl, forceCloseConnections: true });
}

async function listenFastify(app: FastifyInstance): Promise<Listening> {
  return { url: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
}

function inKoa({ service, form, below, rewrite, version }: Mounted): Promise<Listening> {
  const app = new Koa();
  app.use((context, next) => {
    changeUrl(context.req, rewrite);
    return next();
  });
  const [path, single] = nodeHandler(service);
  const handler = form === "pair" ? single : nodeHandler([service]);
  const serveRpc = (context: Koa.Context): void => {
    context.respond = false;
    handler(context.req, context.res);
  };
  if (form === "pair") app.use(koaMount(below + path.slice(0, -1), serveRpc));
  else app.use(below === "" ? serveRpc : koaMount(below, serveRpc));
  const listener = app.callback();
  return listen(version, (request, response) => void listener(request, response));
}

function inHono(mounted: Mounted): Promise<Listening> {
  const { service, form, below } = mounted;
  const app = new Hono();
  const [path, handler] = fetchHandler(service);
  if (form === "pair") app.mount(below + path, handler);
  else app.mount(below === "" ? "/" : below, fetchHandler([service]));
  return listenFetch(mounted, app.fetch);
}

function inRouteOfHono(mounted: Mounted): Promise<Listening> {
  const { service, form, below } = mounted;
  const app = new Hono();
  const options = { pathPrefix: below };
  const handler = form === "pair" ? fetchHandler(service, options)[1] : fetchHandler([service], options);
  for (const path of handler.paths) app.all(`${path}*`, (context) => handler(context.req.raw));
  return listenFetch(mounted, app.fetch);
}

/** `app/api/[...rpc]/route.ts` exports functions for methods, which get the whole URL. */
function inCatchAll(mounted: Mounted): Promise<Listening> {
  const { service, form, below } = mounted;
  type Route = (
    request: Request,
    context: { readonly params: Promise<{ readonly rpc: string[] }> },
  ) => Promise<Response>;
  const options = { pathPrefix: below };
  const handler: Route = form === "pair" ? fetchHandler(service, options)[1] : fetchHandler([service], options);
  const routes = new Map<string, Route>([
    ["GET", handler],
    ["POST", handler],
  ]);
  return listenFetch(mounted, (request) => {
    const { pathname } = new URL(request.url);
    const route = routes.get(request.method);
    if (route === undefined || !pathname.startsWith(`${below}/`)) return new Response(null, { status: 404 });
    const rpc = pathname.slice(below.length + 1).split("/");
    return route(request, { params: Promise.resolve({ rpc }) });
  });
}

function listenFetch(
  { version, rewrite }: Mounted,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<Listening> {
  const fetch = (request: Request): Response | Promise<Response> => {
    const { origin } = new URL(request.url);
    const url = origin + rewrite(request.url.slice(origin.length));
    return handler(url === request.url ? request : new Request(url, request));
  };
  return new Promise((resolve) => {
    const options = { fetch, port: 0, hostname: "127.0.0.1" };
    const server = serveHono(version === "2" ? { ...options, createServer: http2.createServer } : options, ({ port }) =>
      resolve({ url: `http://127.0.0.1:${port}`, close: () => closed(server as Server) }),
    );
  });
}

async function listen(version: Mounted["version"], listener: RequestListener): Promise<Listening> {
  const server: Server =
    version === "2"
      ? http2.createServer(listener as unknown as Parameters<typeof http2.createServer>[1])
      : http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

function closed(server: Server & { closeAllConnections?: () => void }): Promise<void> {
  server.closeAllConnections?.();
  return new Promise((resolve) => server.close(() => resolve()));
}
