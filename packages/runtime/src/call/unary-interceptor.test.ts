import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createTransport } from "../client/protocol-transport.js";
import { ConnectError } from "../error/connect-error.js";
import { grpc } from "../protocol/grpc/client.js";
import { answerGrpc, callOf, FakeHttp, failureOf } from "../testing/client-fixtures.js";
import { type FakeStream, serving, type Text } from "../testing/handler-fixtures.js";
import { ManualTime, settled } from "../testing/manual-time.js";
import type { Interceptor } from "./interceptor.js";
import { unaryInterceptor } from "./unary-interceptor.js";

const passing = unaryInterceptor((_call, request, next) => next(request));
const answering = unaryInterceptor(async () => ({ text: "from a cache", value: "from a cache" }));
const refusing = unaryInterceptor(async () => {
  throw new ConnectError("permission_denied", "not you");
});

describe("a unaryInterceptor inside of another one, on a client", () => {
  const transport = createTransport({ baseUrl: "http://fake.test", http: new FakeHttp(() => undefined) });

  it("lets the other one answer without a request", async () => {
    const answered = await callOf("unary", transport, { interceptors: [answering, passing, passing] });
    expect(answered).toMatchObject([{ value: "from a cache" }]);
  });

  it("runs again with a call that is run again around it, and has its word on the response of each run", async () => {
    const grpcTransport = createTransport({
      baseUrl: "http://fake.test",
      http: new FakeHttp(answerGrpc),
      protocol: grpc(),
    });
    const twice: Interceptor = async (_call, next) => {
      await next();
      await next();
    };
    const seen: unknown[] = [];
    let runs = 0;
    const numbered = unaryInterceptor(async (_call, request, next) => {
      seen.push(request);
      const response = await next(request);
      return { ...response, value: `run ${++runs}` };
    });
    expect(await callOf("unary", grpcTransport, { interceptors: [twice, passing, numbered] })).toMatchObject([
      { value: "run 2" },
    ]);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toBe(seen[0]);
  });

  it("ends a further run that it knows no request of, as it was made in that run", async () => {
    const http = new FakeHttp(answerGrpc);
    const transport = createTransport({ baseUrl: "http://fake.test", http, protocol: grpc() });
    const twice: Interceptor = async (_call, next) => {
      await next();
      await next();
    };
    const anew: Interceptor = (call, next) => unaryInterceptor((_call, request, run) => run(request))(call, next);
    await expect(callOf("unary", transport, { interceptors: [twice, anew] })).rejects.toThrow("make it before");
  });

  it("runs again with a call whose first run failed", async () => {
    let requests = 0;
    const failing = new FakeHttp((stream) =>
      ++requests === 1 ? stream.sink.error({ reason: "lost", message: "cut" }) : answerGrpc(stream),
    );
    const again: Interceptor = (_call, next) => next().catch(next);
    const outcomes: unknown[] = [];
    const watching = unaryInterceptor(async (_call, request, next) => {
      try {
        const response = await next(request);
        outcomes.push("ok");
        return response;
      } catch (error) {
        outcomes.push((error as ConnectError).code);
        throw error;
      }
    });
    const transport = createTransport({ baseUrl: "http://fake.test", http: failing, protocol: grpc() });
    expect(await callOf("unary", transport, { interceptors: [again, watching] })).toHaveLength(1);
    expect(outcomes).toEqual(["unavailable", "ok"]);
  });

  it("lets the other one refuse the call", async () => {
    const error = await failureOf(callOf("unary", transport, { interceptors: [refusing, passing] }));
    expect(error).toMatchObject({ code: "permission_denied", rawMessage: "not you" });
  });
});

describe("a unaryInterceptor on a server", () => {
  let time: ManualTime;
  beforeEach(() => {
    time = new ManualTime();
  });
  afterEach(() => time.restore());

  async function answer(
    sent: string,
    interceptors: readonly ReturnType<typeof unaryInterceptor>[],
  ): Promise<FakeStream> {
    const call = serving("unary", ({ text }: Text) => ({ text }), { interceptors }).call();
    call.sendAll(sent);
    await settled();
    return call.stream;
  }

  it("inside of another one lets that answer without the service", async () => {
    expect((await answer("a", [answering, passing])).status).toBe("0");
  });

  it("inside of another one lets that refuse the call", async () => {
    expect((await answer("a", [refusing, passing])).status).toBe("7 not you");
  });

  it("does not hold up a call whose request cannot be decoded", async () => {
    expect((await answer("!", [passing])).status).toBe("3 cannot decode a t.Text from proto");
  });
});
