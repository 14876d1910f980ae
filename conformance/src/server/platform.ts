// A file of its own: a server of the platform's, without the engine.
import http2, { type Http2SecureServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TlsOptions } from "node:tls";
import type { HandlerOptions, ServiceHandler } from "@connect-ts/runtime";
import { nodeHandler } from "@connect-ts/runtime/node";

export interface RunningServer {
  readonly port: number;
  close(): Promise<unknown>;
}

/** Serves by `nodeHandler` on a server of `node:http2`. */
export async function servePlatform(
  { host, tls }: { readonly host: string; readonly tls: TlsOptions | undefined },
  handlers: readonly ServiceHandler[],
  options: HandlerOptions,
): Promise<RunningServer> {
  const listener = nodeHandler(handlers, options);
  const server: Http2Server | Http2SecureServer =
    tls === undefined ? http2.createServer(listener) : http2.createSecureServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}
