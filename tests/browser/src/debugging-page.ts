// Runs in the browser: what a developer sees of calls. Tests call its functions by their names.
import { type CallMeasure, userTiming } from "@connect-ts/log";
import { ConnectError, connect, grpcWeb, json } from "@connect-ts/runtime";
import { createFetchRpc, createFetchTransport } from "@connect-ts/runtime/fetch";
import { createPingServiceClient, pingServiceSpecs } from "../../gen/src/ping/v1/ping_connect.js";

export interface Measured {
  readonly name: string;
  readonly duration: number;
  readonly detail: CallMeasure;
}

export type Way = "connect" | "gRPC-Web" | "stream" | "createFetchRpc";

function call(way: Way, baseUrl: string): Promise<unknown> {
  if (way === "createFetchRpc") return createFetchRpc(pingServiceSpecs.ping, { baseUrl })({ text: "hi" });
  const client = createPingServiceClient(
    createFetchTransport({ baseUrl, protocol: way === "gRPC-Web" ? grpcWeb() : undefined }),
  );
  return way === "stream" ? readAll(client.countUp({ number: 1n })) : client.ping({ text: "hi" });
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

export const page = {
  /** Makes calls in JSON, one of each form, and gives their measures. */
  async measured(): Promise<readonly Measured[]> {
    const seen: Measured[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { name, duration, detail } of list.getEntries() as PerformanceMeasure[]) {
        seen.push({ name, duration, detail: detail as CallMeasure });
      }
    });
    observer.observe({ type: "measure" });
    const interceptors = [userTiming({ keep: 2 })];
    const ping = createPingServiceClient(createFetchTransport({ baseUrl: "/", codec: json() }), { interceptors });
    const get = createPingServiceClient(
      createFetchTransport({ baseUrl: "/", codec: json(), protocol: connect({ useHttpGet: true }) }),
      { interceptors },
    );
    await ping.ping({ text: "hello" });
    await get.ping({ text: "hello" });
    await ping.fail({ code: 5, message: "no such thing" }).catch(() => undefined);
    await readAll(ping.countUp({ number: 2n }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    observer.disconnect();
    return seen;
  },
  /** How many measures the page keeps. */
  kept: (): number => performance.getEntriesByType("measure").length,
  /** Makes a call to a server, which fails, and gives the error to the console. */
  async fail(way: Way, baseUrl: string): Promise<{ readonly code: string; readonly text: string }> {
    try {
      await call(way, baseUrl);
    } catch (error) {
      console.error(error);
      if (error instanceof ConnectError) return { code: error.code, text: error.rawMessage };
      throw error;
    }
    return { code: "ok", text: "" };
  },
};

Object.assign(globalThis, { page });
