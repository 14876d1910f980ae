import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { routerListener } from "../../node/server/node-handler.js";
import type { ServeOptions } from "../../node/server/options.js";
import type { Cleanup } from "./cleanup.js";
import type { TestRouter } from "./echo-router.js";
import { listen, post, Talk } from "./h1-talk.js";
import { data, requestHead, wireClient } from "./h2-wire.js";
import { serveRouter } from "./test-server.js";

/** Serves a router, and returns the port. */
export type Start = (router: TestRouter, options: Partial<ServeOptions>) => Promise<number>;

/** Begins a request of unknown length with some text, and returns what sends more. */
export type Begin = (port: number, text: string) => Promise<(more: string) => void>;

export interface RequestPlaces {
  readonly start: Start;
  readonly h1: Begin;
  readonly h2: Begin;
  readonly places: [string, Start, Begin][];
}

/** Where requests come in: each server with each version of HTTP. */
export function requestPlaces(onCleanup: (cleanup: Cleanup) => void): RequestPlaces {
  const start: Start = async (router, options) => {
    const server = await serveRouter(router, options);
    onCleanup(() => server.close());
    return server.port;
  };
  const foreign: Start = async (router, { requestIdleTimeoutMs, requestMinBytesPerSecond }) => {
    const server = http2.createServer(routerListener(router, { requestIdleTimeoutMs, requestMinBytesPerSecond }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    onCleanup(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as AddressInfo).port;
  };
  const foreign1: Start = (router, { requestIdleTimeoutMs, requestMinBytesPerSecond }) =>
    listen(onCleanup, routerListener(router, { requestIdleTimeoutMs, requestMinBytesPerSecond }));
  const h1: Begin = async (port, text) => {
    const talk = new Talk(onCleanup, port);
    const chunk = (part: string): void => {
      talk.socket.write(part === "" ? "" : `${part.length.toString(16)}\r\n${part}\r\n`);
    };
    talk.socket.write(`${post}transfer-encoding: chunked\r\n\r\n`);
    chunk(text);
    return chunk;
  };
  const h2: Begin = async (port, text) => {
    const client = await wireClient(port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(requestHead(1, 0, "/test/a"));
    const chunk = (part: string): void => {
      if (part !== "") client.socket.write(data(1, part));
    };
    chunk(text);
    return chunk;
  };
  const places: [string, Start, Begin][] = [
    ["serve(), HTTP/1.1", start, h1],
    ["serve(), HTTP/2", start, h2],
    ["nodeHandler, HTTP/1.1", foreign1, h1],
    ["nodeHandler, HTTP/2", foreign, h2],
  ];
  return { start, h1, h2, places };
}
