import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import { failureOf, specOfKind, text } from "../testing/client-fixtures.js";
import { bindClient } from "./bind-client.js";
import type { Transport, TransportResponse } from "./transport.js";
import type { ClientOptions, UnaryCall } from "./types.js";

const message = text.create({ value: "hello" });
const peer = { address: "fake", protocol: "grpc", httpVersion: undefined } as const;
const response: TransportResponse<unknown> = {
  message,
  headers: new HeaderMap({ h: "1" }),
  trailers: new HeaderMap({ t: "2" }),
  peer,
  compressed: false,
  bytes: 7,
};

function call(unary: () => Promise<TransportResponse<unknown>>, options?: ClientOptions): UnaryCall<unknown> {
  const transport = { peer: () => peer, unary, stream: () => undefined } as unknown as Transport;
  return bindClient(transport, options).unary(specOfKind("unary"))({});
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a unary call", () => {
  it("is a promise of its message, as often as somebody asks", async () => {
    const pending = call(async () => response);
    expect(await pending).toBe(message);
    expect(await pending).toBe(message);
    expect(await Promise.all([pending, pending.then((given) => given)])).toEqual([message, message]);
    expect(await pending.catch(() => "never")).toBe(message);
    let ended = 0;
    expect(await pending.finally(() => ended++)).toBe(message);
    expect(ended).toBe(1);
    expect(Object.prototype.toString.call(pending)).toBe("[object Promise]");
  });

  it("has its metadata in response", async () => {
    const { headers, trailers, message: given } = await call(async () => response).response;
    expect([headers.get("h"), trailers.get("t"), given]).toEqual(["1", "2", message]);
  });

  it("fails everybody who asks with the same error", async () => {
    const reason = ConnectError.remote("not_found", "no");
    const pending = call(() => Promise.reject(reason));
    const failures = [failureOf(pending), failureOf(pending.response), failureOf(pending.finally(() => undefined))];
    for (const failure of await Promise.all(failures)) expect(failure).toBe(reason);
    await turn();
    expect(await failureOf(pending)).toBe(reason);
    expect(await pending.catch((error: unknown) => error)).toBe(reason);
  });

  it("that fails and is not read is no unhandled rejection", async () => {
    // The environment of the tests fails on one.
    const pending = call(() => Promise.reject(undefined));
    void pending.response;
    await turn();
    expect((await failureOf(pending)).code).toBe("internal");
  });

  it("can be canceled, whatever the transport does", async () => {
    const pending = call(() => new Promise(() => undefined));
    const failure = failureOf(pending);
    pending.cancel("bored");
    expect(await failure).toMatchObject({ code: "canceled", cause: "bored" });
  });

  it("is not canceled any more when it is over", async () => {
    const pending = call(async () => response);
    await pending;
    pending.cancel();
    expect(await pending).toBe(message);
  });

  it("leaves no attempt behind that its interceptors did not wait for", async () => {
    let canceled: ConnectError | undefined;
    const transport = {
      peer: () => peer,
      unary: (attempt: { onCancel(listener: (error: ConnectError) => void): void }) => {
        attempt.onCancel((error) => {
          canceled = error;
        });
        return new Promise(() => undefined);
      },
    } as unknown as Transport;
    const client = bindClient(transport, {
      interceptors: [
        async (seen, next) => {
          void next();
          await turn();
          seen.respond({ value: "from memory" });
        },
      ],
    });
    expect(await Promise.resolve(client.unary(specOfKind("unary"))({}))).toMatchObject({ value: "from memory" });
    expect(canceled?.code).toBe("canceled");
  });
});
