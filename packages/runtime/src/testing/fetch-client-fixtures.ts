import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@jest/globals";
import { createFetchHttpClient, type FetchClientOptions } from "../fetch/http-client.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import type { HttpFailure } from "../http/http-failure.js";

/** The servers that a test started. */
export const servers: Server[] = [];

export async function closeServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function post(over: Partial<HttpRequestHead> = {}): HttpRequestHead {
  return {
    method: "POST",
    path: "/a.S/M",
    headers: new HeaderMap({ "content-type": "application/proto" }),
    needsTrailers: false,
    needsFullDuplex: false,
    ...over,
  };
}

/** Records what a sink is told. */
export class Recorder implements HttpResponseSink {
  status = 0;
  headers: HeaderMap = new HeaderMap();
  chunks: Uint8Array[] = [];
  events: string[] = [];
  failure: HttpFailure | undefined = undefined;
  drains = 0;
  waiters: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  head(status: number, headers: HeaderMap): void {
    this.status = status;
    this.headers = headers;
    this.event("head");
  }
  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.event("data");
  }
  end(trailers: HeaderMap | undefined): void {
    expect(trailers).toBeUndefined();
    this.event("end");
  }
  error(failure: HttpFailure): void {
    this.failure = failure;
    this.event("error");
  }
  drain(): void {
    this.drains++;
    this.event("drain");
  }
  event(name: string): void {
    this.events.push(name);
    this.waiters = this.waiters.filter(({ done, resolve }) => {
      if (!done()) return true;
      resolve();
      return false;
    });
  }
  until(done: () => boolean): Promise<void> {
    return done() ? Promise.resolve() : new Promise((resolve) => this.waiters.push({ done, resolve }));
  }
  over(): Promise<void> {
    return this.until(() => this.events.includes("end") || this.events.includes("error"));
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

export function request(
  baseUrl: string,
  options: FetchClientOptions = {},
  head: Partial<HttpRequestHead> = {},
): { sink: Recorder; stream: HttpClientStream } {
  const sink = new Recorder();
  const stream = createFetchHttpClient({ baseUrl, ...options }).request(post(head), sink);
  expect(sink.events).toEqual([]);
  return { sink, stream };
}

export async function readAll(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const tick = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
