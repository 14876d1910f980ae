// A file of its own: the servers that Bun and Deno have for functions of Request.
import type { HandlerOptions, ServiceHandler } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import type { RunningServer } from "./platform.js";

type Handler = (request: Request) => Promise<Response>;

interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/** What is used of them here. */
interface Platform {
  readonly Bun?: {
    serve(options: object): { readonly port: number; stop(): Promise<void> };
  };
  readonly Deno?: {
    serve(options: object, handler: Handler): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
}

/** Serves `fetchHandler` by the server of Bun or Deno; nothing on Node, which has none. */
export function serveFetch(
  { host, tls }: { readonly host: string; readonly tls: Tls | undefined },
  handlers: readonly ServiceHandler[],
  options: HandlerOptions,
): RunningServer | undefined {
  const { Bun, Deno } = globalThis as Platform;
  const handler = fetchHandler(handlers, options);
  if (Bun !== undefined) {
    const server = Bun.serve({
      hostname: host,
      port: 0,
      idleTimeout: 0,
      http2: tls !== undefined,
      tls: tls?.ca === undefined ? tls : { ...tls, requestCert: true, rejectUnauthorized: true },
      fetch: handler,
    });
    return { port: server.port, close: () => server.stop() };
  }
  if (Deno !== undefined) {
    const certificate = tls === undefined ? {} : { cert: tls.cert.toString(), key: tls.key.toString() };
    const server = Deno.serve({ hostname: host, port: 0, onListen() {}, ...certificate }, handler);
    return { port: server.addr.port, close: () => server.shutdown() };
  }
  return undefined;
}
