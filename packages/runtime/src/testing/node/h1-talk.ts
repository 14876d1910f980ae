import http from "node:http";
import net from "node:net";
import { type NodeHandlerOptions, type NodeListener, routerListener } from "../../node/server/node-handler.js";
import type { useCleanup } from "./cleanup.js";
import { sleep, until } from "./collector.js";
import { type Exchange, TestRouter } from "./echo-router.js";

type OnCleanup = ReturnType<typeof useCleanup>;

/** The beginning of a request that a {@link TestRouter} takes. */
export const post = "POST /test/a HTTP/1.1\r\nhost: a.example\r\n";

/** A plain HTTP/1.1 server on a free port. */
export async function listen(onCleanup: OnCleanup, listener: NodeListener): Promise<number> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, () => resolve()));
  onCleanup(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as net.AddressInfo).port;
}

/** `nodeHandler` over a {@link TestRouter}, on a plain HTTP/1.1 server. */
export async function startHandler(
  onCleanup: OnCleanup,
  run: (exchange: Exchange) => void,
  options?: NodeHandlerOptions,
): Promise<[TestRouter, number]> {
  const router = new TestRouter(run);
  return [router, await listen(onCleanup, routerListener(router, options))];
}

/** A connection, and what the server says on it. */
export class Talk {
  readonly socket: net.Socket;
  text = "";
  closed = false;

  constructor(onCleanup: OnCleanup, port: number) {
    this.socket = net.connect(port, "127.0.0.1");
    onCleanup(() => this.socket.destroy());
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    for (const event of ["end", "error"])
      this.socket.on(event, () => {
        this.closed = true;
      });
  }
}

/** What a server says to bytes on a connection, until it closes it or nothing more comes. */
export async function say(onCleanup: OnCleanup, port: number, bytes: string | Uint8Array, ms = 50): Promise<Talk> {
  const talk = new Talk(onCleanup, port);
  talk.socket.write(bytes);
  await until(() => talk.closed || talk.text !== "");
  let length = -1;
  while (!talk.closed && talk.text.length !== length) {
    length = talk.text.length;
    const quietAt = Date.now() + ms;
    while (!talk.closed && Date.now() < quietAt) await sleep(5);
  }
  return talk;
}
