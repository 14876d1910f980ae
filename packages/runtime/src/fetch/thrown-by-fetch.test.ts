import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import type { Kind, Spec } from "../call/spec.js";
import { bindClient } from "../client/bind-client.js";
import { ConnectError } from "../error/connect-error.js";
import { esCodec } from "../message/es-codec.js";
import { connect } from "../protocol/connect/client.js";
import { grpcWeb } from "../protocol/grpc-web/client.js";
import type { FetchClientOptions } from "./http-client.js";
import { createFetchRpc } from "./rpc.js";
import { createFetchTransport } from "./transport.js";

type Fetch = NonNullable<FetchClientOptions["fetch"]>;

const type = esCodec(StringValueSchema);
const spec = (kind: Kind): Spec<unknown, unknown> =>
  ({
    procedure: "/t.Service/Do",
    kind,
    idempotency: "unknown",
    input: type,
    output: type,
    options: {},
    serviceOptions: {},
  }) as Spec;

function trap(): never {
  throw new RangeError("looked at");
}
const values = [undefined, null, 0, "", Object.create(null), new Proxy({}, { get: trap, has: trap })];

const body = (source: object): Response =>
  ({
    status: 200,
    type: "basic",
    headers: new Headers({ "content-type": "application/proto" }),
    ...source,
  }) as Response;

/** What a `fetch` can do that is none. */
const fetches: { readonly [what: string]: (value: unknown) => Fetch } = {
  throws: (value) => () => {
    throw value;
  },
  rejects: (value) => () => Promise.reject(value),
  "resolves with it": (value) => () => Promise.resolve(value as Response),
  "returns it": (value) => (() => value) as unknown as Fetch,
  "has a body that breaks with it": (value) => async () =>
    body({ body: new ReadableStream({ pull: (controller) => controller.error(value) }) }),
  "has it as its body": (value) => async () => body({ body: value ?? {} }),
  "has a reader that throws it": (value) => async () =>
    body({
      body: {
        getReader: () => ({
          read() {
            throw value;
          },
          cancel() {
            throw value;
          },
        }),
      },
    }),
};

async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectError);
    return error as ConnectError;
  }
  throw new Error("the call succeeded");
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

describe.each(Object.keys(fetches))("a fetch that %s fails the call", (what) => {
  const codes = ["unavailable", "internal", "unknown"];

  it.each([connect(), grpcWeb()])("of every kind, over $name", async (protocol) => {
    for (const value of values) {
      const fetch = fetches[what]?.(value) as Fetch;
      const client = bindClient(createFetchTransport({ baseUrl: "http://t", fetch, protocol, duplex: "full" }), {
        timeoutMs: 5000,
      });
      expect(codes).toContain((await failure(client.unary(spec("unary"))({}))).code);
      expect(codes).toContain((await failure(client.clientStreaming(spec("client_streaming"))([{}]))).code);
      expect(codes).toContain((await failure(readAll(client.serverStreaming(spec("server_streaming"))({})))).code);
      expect(codes).toContain((await failure(readAll(client.bidiStreaming(spec("bidi_streaming"))([{}])))).code);
    }
  });

  it("of createFetchRpc", async () => {
    for (const value of values) {
      const fetch = fetches[what]?.(value) as Fetch;
      const rpc = createFetchRpc(spec("unary") as Spec<never, unknown, "unary">, { baseUrl: "http://t", fetch });
      const error = await failure(rpc({} as never, { timeoutMs: 5000 }));
      expect(codes).toContain(error.code);
      expect(error.procedure).toBe("/t.Service/Do");
    }
  });
});

function hostile(): never {
  throw new Error("hostile");
}

describe("a call of createFetchRpc never throws", () => {
  const fetch = (): Promise<Response> => Promise.reject(new Error("no network"));
  const rpc = createFetchRpc(spec("unary") as Spec<never, unknown, "unary">, { baseUrl: "http://t", fetch });

  it.each([
    [null, /no network/],
    [{ timeoutMs: Number.NaN }, /timeoutMs of a call must be a number of milliseconds, not NaN/],
    [{ timeoutMs: "100" }, /timeoutMs of a call must be a number of milliseconds, not "100"/],
    [{ headers: { "x y": "1" } }, /x y/],
    [{ signal: {} }, /signal of a call must be an AbortSignal, not object/],
    [{ timeout: 5 }, /a call has no option "timeout": it has headers, signal, timeoutMs/],
    [5, /the options of a call must be of type object, not 5/],
    [Object.defineProperty({}, "signal", { get: hostile }), /hostile/],
  ])("with the options %p", async (options, text) => {
    const error = await failure(rpc({} as never, options as never));
    expect(error.message).toMatch(text);
  });
});
