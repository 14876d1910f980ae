// Runs in the browser. Tests call its functions by their names.
import { ConnectError, connect, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createPingServiceClient, type PingServiceClient } from "../../gen/src/ping/v1/ping_connect.js";

export type ProtocolName = "connect" | "gRPC-Web";

const limit = 16 * 1024 * 1024;
const seconds = (n: number): { readonly timeoutMs: number } => ({ timeoutMs: n * 1000 });

const clients: { readonly [Name in ProtocolName]: PingServiceClient } = {
  connect: createPingServiceClient(createFetchTransport({ baseUrl: "/", protocol: connect(), readMaxBytes: limit })),
  "gRPC-Web": createPingServiceClient(createFetchTransport({ baseUrl: "/", protocol: grpcWeb(), readMaxBytes: limit })),
};

function codeOf(error: unknown): string {
  return error instanceof ConnectError ? error.code : String(error);
}

/** The HTTP versions of the last requests, as the browser tells them. */
function versions(): readonly string[] {
  const entries = performance.getEntriesByType("resource") as unknown as readonly {
    readonly nextHopProtocol: string;
  }[];
  return [...new Set(entries.map(({ nextHopProtocol }) => nextHopProtocol))];
}

let begun: { readonly controller: AbortController; readonly end: Promise<string> } | undefined;

export const page = {
  async unary(protocol: ProtocolName): Promise<{ readonly text: string; readonly versions: readonly string[] }> {
    const { text } = await clients[protocol].ping({ text: "hello" }, seconds(60));
    return { text, versions: versions() };
  },

  async fail(protocol: ProtocolName): Promise<string> {
    return clients[protocol].fail({ code: 5, message: "no such thing" }, seconds(60)).then(() => "ok", codeOf);
  },

  /** Reads a stream; what came before an error counts. */
  async count(protocol: ProtocolName, number: number): Promise<{ readonly got: number; readonly end: string }> {
    let got = 0;
    try {
      for await (const message of clients[protocol].countUp({ number: BigInt(number) }, seconds(60))) {
        if (Number(message.number) !== ++got) throw new Error(`message ${message.number} came as number ${got}`);
      }
      return { got, end: "ok" };
    } catch (error) {
      return { got, end: codeOf(error) };
    }
  },

  /** Sends bytes there and back. */
  async echo(protocol: ProtocolName, size: number): Promise<boolean> {
    const data = new Uint8Array(size);
    for (let i = 0; i < size; i++) data[i] = i * 31 + (i >> 8);
    const answer = await clients[protocol].ping({ data }, seconds(60));
    return answer.data.length === size && answer.data.every((byte, i) => byte === data[i]);
  },

  /** Begins a call that takes long. */
  begin(protocol: ProtocolName): void {
    const controller = new AbortController();
    const end = clients[protocol].ping({ delayMs: 60_000 }, { signal: controller.signal }).then(() => "ok", codeOf);
    begun = { controller, end };
  },

  /** Gives that call up. Tells when, and how it ended. */
  async giveUp(): Promise<{ readonly at: number; readonly end: string }> {
    const at = Date.now();
    begun?.controller.abort();
    return { at, end: (await begun?.end) ?? "never began" };
  },

  /** Reads one message of a stream that would go on for long, and leaves it. */
  async leave(protocol: ProtocolName): Promise<number> {
    for await (const { number } of clients[protocol].countUp({
      number: 1_000_000_000n,
      padding: new Uint8Array(1000),
    })) {
      return Number(number);
    }
    return 0;
  },

  /** Makes calls for a time, some at once, and counts how they ended. */
  async many(protocol: ProtocolName, forMs: number): Promise<{ readonly [end: string]: number }> {
    const ends = new Map<string, number>();
    const until = performance.now() + forMs;
    const worker = async (): Promise<void> => {
      while (performance.now() < until) {
        const end = await clients[protocol].ping({ number: 1n }, seconds(60)).then(() => "ok", codeOf);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    return Object.fromEntries(ends);
  },
};

Object.assign(globalThis, { page });
