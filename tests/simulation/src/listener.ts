import net, { type Socket } from "node:net";
import { type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import type { Ticker } from "./clock.js";
import type { Network } from "./network.js";

/** What the oracle looks at in an HTTP/2 connection of a server. */
export interface InnerConnection {
  readonly active: number;
  readonly connection: {
    readonly streams: ReadonlyMap<number, { readonly id: number; reset(code: number): void }>;
    readonly queue: { readonly bytes: number };
    readonly credit: { readonly held: number; readonly spent: number; readonly starved: ReadonlySet<unknown> };
    shutdown(): void;
    fail(code: number, message: string): void;
  };
}

/** What the oracle looks at in a server that is no part of its interface. */
export interface InnerServer extends Server {
  readonly calls: { readonly active: number };
  readonly router: { readonly active: number; readonly orphans: number };
  readonly connections: { readonly all: ReadonlySet<InnerConnection> };
  readonly sockets: { readonly size: number };
}

/** Starts a server that listens to the simulated network, in place of a port. */
export async function listen(options: ServeOptions, network: Network, clock: Ticker): Promise<InnerServer> {
  const prototype = net.Server.prototype as { listen: unknown };
  const real = prototype.listen;
  prototype.listen = (_target: unknown, done: () => void) => queueMicrotask(done);
  let starting: Promise<Server>;
  try {
    starting = serve(options);
  } finally {
    prototype.listen = real;
  }
  const server = (await starting) as InnerServer;
  const { listener } = server;
  const take = (socket: Socket): void => {
    listener.emit("connection", socket);
  };
  network.listener = take;
  const close = (done?: () => void): net.Server => {
    if (network.listener === take) network.listener = undefined;
    // As `net.Server` does: it is closed when its last connection is.
    const look = (): void => {
      if (server.sockets.size === 0) done?.();
      else void clock.sleep(1).then(look);
    };
    look();
    return listener;
  };
  Object.defineProperties(listener, {
    close: { value: close },
    listening: { get: () => network.listener === take },
  });
  return server;
}
