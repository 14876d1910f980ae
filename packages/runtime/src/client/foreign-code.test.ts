import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream } from "../http/http-client.js";
import { grpc } from "../protocol/grpc/client.js";
import {
  answerGrpc,
  callOf,
  FakeHttp,
  failureOf,
  kinds,
  specOfKind,
  thrownValues,
} from "../testing/client-fixtures.js";
import { type BoundClient, bindClient } from "./bind-client.js";
import { createTransport } from "./protocol-transport.js";
import type { ClientConn, Transport } from "./transport.js";

const baseUrl = "http://fake.test";
const limit = { timeoutMs: 5000 };

const peer = { address: "fake", protocol: "grpc", httpVersion: undefined } as const;

/** A connection that answers nothing, some of its members replaced. */
function connWith(members: object): ClientConn {
  const listeners: ((error: ConnectError | undefined) => void)[] = [];
  const never = new Promise<never>(() => undefined);
  const conn = {
    send: () => undefined,
    sendHeaders: () => undefined,
    closeSend: () => undefined,
    responseHead: async () => ({ headers: new HeaderMap(), peer }),
    receive: () => never,
    lastReceived: { compressed: false, bytes: 0 },
    trailers: new HeaderMap(),
    onEnd: (listener: (error: ConnectError | undefined) => void) => void listeners.push(listener),
    cancel: (error: ConnectError) => {
      for (const listener of listeners.splice(0)) listener(error);
    },
  };
  return Object.defineProperties(conn, Object.getOwnPropertyDescriptors(members)) as ClientConn;
}

const transportWith = (members: Partial<Transport>): Transport => ({
  peer: () => peer,
  unary: () => new Promise(() => undefined),
  stream: () => connWith({}) as never,
  ...members,
});

const throwing = (value: unknown) => (): never => {
  throw value;
};
const rejecting = (value: unknown) => () => Promise.reject(value);

/** What a transport of a user's may do. */
const transports: { readonly [what: string]: (value: unknown) => Partial<Transport> } = {
  throws: (value) => ({ unary: throwing(value), stream: throwing(value) }),
  rejects: (value) => ({ unary: rejecting(value), stream: () => connWith({ receive: rejecting(value) }) as never }),
  "gives nonsense": (value) => ({ unary: () => value as never, stream: () => value as never }),
  "resolves with nonsense": () => ({
    unary: async () => undefined as never,
    stream: () => connWith({ receive: async () => 5 }) as never,
  }),
  "throws when it is read": (value) => ({
    unary: throwing(value),
    stream: () => connWith({ receive: throwing(value), responseHead: throwing(value) }) as never,
  }),
  "throws when it is written to": (value) => ({
    unary: throwing(value),
    stream: () => connWith({ send: throwing(value) }) as never,
  }),
  "rejects what is written to it": (value) => ({
    unary: rejecting(value),
    stream: () => connWith({ send: rejecting(value) }) as never,
  }),
  "rejects when its end is asked for": (value) => ({
    unary: rejecting(value),
    stream: () => connWith({ onEnd: rejecting(value) }) as never,
  }),
  "throws when its end is asked for": (value) => ({
    unary: throwing(value),
    stream: () => connWith({ onEnd: throwing(value) }) as never,
  }),
  "tells its end before it rejects what is read": (value) => ({
    unary: rejecting(value),
    stream: () => {
      let tell: (error: ConnectError) => void = () => undefined;
      return connWith({
        onEnd: (listener: typeof tell) => {
          tell = listener;
        },
        receive: async () => {
          await Promise.resolve();
          tell(new ConnectError("internal", "told"));
          throw value;
        },
      }) as never;
    },
  }),
  "rejects the end of the requests": (value) => ({
    unary: rejecting(value),
    stream: () => connWith({ closeSend: rejecting(value) }) as never,
  }),
  "rejects also when it is given up": (value) => ({
    unary: rejecting(value),
    stream: () => connWith({ receive: rejecting(value), cancel: rejecting(value) }) as never,
  }),
  "throws also when it is given up": (value) => ({
    unary: throwing(value),
    stream: () => connWith({ receive: rejecting(value), cancel: throwing(value) }) as never,
  }),
};

describe.each(Object.keys(transports))("a transport that %s fails its calls", (what) => {
  it.each(kinds)("of kind %s", async (kind) => {
    for (const value of thrownValues) {
      for (const interceptors of [[], [(_: unknown, next: () => Promise<void>) => next()]]) {
        const transport = transportWith(transports[what]?.(value) as Partial<Transport>);
        const error = await failureOf(callOf(kind, transport, { ...limit, interceptors }));
        expect(error.code).toBe("internal");
        expect(error.procedure).toBe("/t.Service/Do");
      }
    }
  });
});

describe("a transport whose stream() is async and rejects", () => {
  it.each(kinds.filter((kind) => kind !== "unary"))("fails its calls of kind %s, and nothing else", async (kind) => {
    const transport = transportWith({ stream: rejecting(new Error("broken")) as never });
    const error = await failureOf(callOf(kind, transport, limit));
    expect(error.code).toBe("internal");
    // A rejection that nobody handled would be heard of by now.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("a transport that never answers", () => {
  it.each(kinds)("does not outlive the deadline of a call of kind %s", async (kind) => {
    const error = await failureOf(callOf(kind, transportWith({}), { timeoutMs: 20 }));
    expect(error.message).toBe("[deadline_exceeded] the deadline of 20 ms has passed");
  });

  it("that rejects what is read long after it told its end leaves no rejection that is nobody's", async () => {
    for (const value of thrownValues) {
      let tell: (error: ConnectError) => void = () => undefined;
      let rejection: Promise<never> | undefined;
      const stream = () =>
        connWith({
          onEnd: (listener: typeof tell) => {
            tell = listener;
          },
          receive: () => {
            setTimeout(() => tell(new ConnectError("internal", "told")), 0);
            rejection = new Promise((_, reject) => setTimeout(() => reject(value), 20));
            return rejection;
          },
        }) as never;
      const error = await failureOf(callOf("server_streaming", transportWith({ stream }), limit));
      expect(error.rawMessage).toBe("told");
      // jest fails the test for what is rejected meanwhile and nobody handles.
      await rejection?.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  });

  it("whose peer() throws fails the calls that ask for it", async () => {
    const transport = transportWith({ peer: throwing(undefined) });
    for (const kind of kinds) {
      expect((await failureOf(callOf(kind, transport, { interceptors: [(_, next) => next()] }))).code).toBe("internal");
    }
  });
});

describe.each(["send", "receive"])("a transport that says in %s() that the attempt is over", (method) => {
  it.each(kinds.slice(1))("is heard when it rejects, too, in a call of kind %s", async (kind) => {
    let tell: (error: ConnectError) => void = () => undefined;
    let heard = 0;
    const rejecting: PromiseLike<never> = {
      // biome-ignore lint/suspicious/noThenProperty: one of the platform's that nobody handled would end the process
      then: (_, reject) => {
        heard++;
        return Promise.resolve(reject?.(new Error("late"))) as never;
      },
    };
    const conn = connWith({
      onEnd: (listener: typeof tell) => {
        tell = listener;
      },
      [method]: () => {
        tell(new ConnectError("internal", "told"));
        return rejecting;
      },
    });
    const error = await failureOf(callOf(kind, transportWith({ stream: () => conn as never }), limit));
    expect(error.message).toContain("[internal] told");
    expect(heard).toBeGreaterThan(0);
  });
});

it("what a transport gives while it says that the attempt failed comes before the failure", async () => {
  let tell: (error: ConnectError) => void = () => undefined;
  let given = 0;
  const conn = connWith({
    onEnd: (listener: typeof tell) => {
      tell = listener;
    },
    responseHead: async () => ({ headers: new HeaderMap({ "x-head": "there" }), peer }),
    receive: async () => {
      const error = new ConnectError("data_loss", "told");
      tell(error);
      if (given++ > 0) throw error;
      return { done: false, value: { value: "last" } };
    },
  });
  const client: BoundClient = bindClient(transportWith({ stream: () => conn as never }));
  const stream: AsyncIterable<unknown> = client.serverStreaming(specOfKind("server_streaming"))({ value: "hi" });
  const read: unknown[] = [];
  const reading = async (): Promise<void> => {
    for await (const message of stream) read.push(message);
  };
  expect((await failureOf(reading())).code).toBe("data_loss");
  expect(read).toEqual([{ value: "last" }]);
});

/** Methods of an HTTP stack's streams that may throw. */
const methods = ["write", "end", "cancel", "remote"] as const;

describe.each(methods)("an HTTP stack whose %s() throws", (method) => {
  it.each(kinds)("fails a call of kind %s, or does not matter to it", async (kind) => {
    for (const value of thrownValues) {
      const broken = { [method]: throwing(value) } as Partial<HttpClientStream>;
      const transport = createTransport({ baseUrl, protocol: grpc(), http: new FakeHttp(answerGrpc, broken) });
      const outcome = await callOf(kind, transport, limit).catch((error: unknown) => error);
      if (Array.isArray(outcome)) expect(outcome).toMatchObject([{ value: "hello" }]);
      else expect(outcome).toMatchObject({ code: "internal", procedure: "/t.Service/Do" });
    }
  });
});

describe("an HTTP stack", () => {
  it.each(kinds)("that throws instead of starting a request fails a call of kind %s", async (kind) => {
    for (const value of thrownValues) {
      const http = { origin: baseUrl, request: throwing(value) };
      const error = await failureOf(callOf(kind, createTransport({ baseUrl, protocol: grpc(), http }), limit));
      expect(error.code).toBe("internal");
      expect(error.cause === value).toBe(true);
    }
  });

  it.each(kinds)("that fails without an HttpFailure fails a call of kind %s", async (kind) => {
    for (const value of thrownValues) {
      const http = new FakeHttp(({ sink }) => sink.error(value as never));
      const error = await failureOf(callOf(kind, createTransport({ baseUrl, protocol: grpc(), http }), limit));
      expect(error.code).toBe("internal");
    }
  });

  it.each(kinds)("that delivers what is no head, or no bytes, fails a call of kind %s", async (kind) => {
    for (const deliver of ["head", "data"] as const) {
      const http = new FakeHttp(({ sink }) => {
        if (deliver === "head") sink.head(200, undefined as never);
        else {
          sink.head(200, new HeaderMap({ "content-type": "application/grpc" }));
          sink.data(undefined as never);
        }
      });
      const error = await failureOf(callOf(kind, createTransport({ baseUrl, protocol: grpc(), http }), limit));
      expect(error.code).toBe("internal");
      expect(http.requests[0]?.canceled).toBe(true);
    }
  });

  it.each(kinds)("that answers well serves a call of kind %s", async (kind) => {
    const http = new FakeHttp(answerGrpc);
    const transport = createTransport({ baseUrl, protocol: grpc(), http });
    expect(await callOf(kind, transport, limit)).toMatchObject([{ value: "hello" }]);
  });
});

it("a transport that makes streaming calls without openStream is told what is missing", async () => {
  const inner = createTransport({ baseUrl, protocol: grpc(), http: new FakeHttp(answerGrpc) });
  const wrapper = transportWith({
    unary: (call, message) =>
      inner.unary({ ...call, timeoutMs: () => undefined, onCancel() {}, offCancel() {} }, message),
    stream: (call) =>
      inner.stream({ ...call, openStream: undefined, timeoutMs: () => undefined, onCancel() {}, offCancel() {} }),
  });
  expect(await callOf("unary", wrapper)).toEqual([expect.objectContaining({ value: "hello" })]);
  for (const kind of kinds.slice(1)) {
    const error = await failureOf(callOf(kind, wrapper, undefined, limit));
    expect(error.code).toBe("internal");
    expect(error.rawMessage).toContain("passes on that of the call it was given");
  }
});
