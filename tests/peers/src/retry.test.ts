import { withRetry } from "@connect-ts/retry";
import { ConnectError, grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { Client, credentials } from "@grpc/grpc-js";
import { describe, expect, it } from "@jest/globals";
import { pingService } from "../../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";

const serviceConfig = JSON.stringify({
  methodConfig: [
    {
      name: [{ service: "ping.v1.PingService", method: "Ping" }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.01s",
        maxBackoff: "0.05s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE", "ABORTED"],
      },
    },
  ],
  retryThrottling: { maxTokens: 10, tokenRatio: 0.1 },
});

type Failure = { readonly code: "unavailable" | "aborted" | "internal"; readonly pushback?: string };
const down: Failure = { code: "unavailable" };

/** How calls of both clients went: the code, the attempts that the server saw, and what each said of those before it. */
async function callAll(client: "grpc-js" | "ours", calls: readonly (readonly Failure[])[]): Promise<string[]> {
  let failures: Failure[] = [];
  let seen: (string | null)[] = [];
  const handler = createPingServiceHandler({
    ...pingService(),
    ping(_, { requestHeaders }) {
      seen.push(requestHeaders.get("grpc-previous-rpc-attempts"));
      const failure = failures.shift();
      if (failure === undefined) return {};
      const metadata = failure.pushback === undefined ? {} : { "grpc-retry-pushback-ms": failure.pushback };
      throw new ConnectError(failure.code, "scripted", { metadata });
    },
  });
  const server = await serve({ handlers: handler, host: "127.0.0.1" });
  const { call, close } = client === "ours" ? ours(server.url) : grpcJs(server.url);
  try {
    const results: string[] = [];
    for (const script of calls) {
      failures = [...script];
      seen = [];
      const code = await call();
      results.push(`${code}: ${seen.map((previous) => previous ?? "none").join()}`);
    }
    return results;
  } finally {
    close();
    await server.close();
  }
}

interface Caller {
  call(): Promise<string>;
  close(): void;
}

function ours(baseUrl: string): Caller {
  const transport = withRetry(createNodeTransport({ baseUrl, protocol: grpc() }), { serviceConfig });
  const client = createPingServiceClient(transport);
  return {
    call: () =>
      client.ping({}).then(
        () => "ok",
        (error: unknown) => ConnectError.from(error).code,
      ),
    close: () => transport.close?.(),
  };
}

function grpcJs(url: string): Caller {
  const client = new Client(new URL(url).host, credentials.createInsecure(), { "grpc.service_config": serviceConfig });
  const names = new Map([
    [14, "unavailable"],
    [10, "aborted"],
    [13, "internal"],
  ]);
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    call: () =>
      new Promise((resolve) => {
        client.makeUnaryRequest("/ping.v1.PingService/Ping", same, same, Buffer.alloc(0), (error) =>
          resolve(error === null ? "ok" : (names.get(error.code) ?? String(error.code))),
        );
      }),
    close: () => client.close(),
  };
}

describe("the same service config, beside grpc-js", () => {
  it.each<[string, readonly (readonly Failure[])[]]>([
    ["a failure, two, three", [[down], [down, down], [{ code: "aborted" }, down, down]]],
    ["more failures than attempts", [[down, down, down, down, down]]],
    ["a code that is not in the policy", [[down, { code: "internal" }]]],
    [
      "pushback",
      [
        [
          { ...down, pushback: "5" },
          { ...down, pushback: "0" },
        ],
        [{ ...down, pushback: "-1" }],
      ],
    ],
    ["a bucket that runs empty", Array<Failure[]>(6).fill([down, down, down, down])],
  ])("%s", async (_, calls) => {
    const expected = await callAll("grpc-js", calls);
    expect(await callAll("ours", calls)).toEqual(expected);
  });
});
