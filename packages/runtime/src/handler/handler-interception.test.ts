import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Call, Interceptor } from "../call/interceptor.js";
import type { Kind } from "../call/spec.js";
import { ConnectError } from "../error/connect-error.js";
import { type FakeCall, reversing, serving, type Text } from "../testing/handler-fixtures.js";
import { ManualTime, settled } from "../testing/manual-time.js";
import type { ServiceMethod } from "./service-handler.js";

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

const single: readonly Kind[] = ["unary", "client_streaming"];
const streaming: readonly Kind[] = ["server_streaming", "bidi_streaming"];
const kinds = [...single, ...streaming];

const handlers: { readonly [K in Kind]: (requests: never) => unknown } = {
  unary: ({ text }: Text) => ({ text }),
  async client_streaming(requests: AsyncIterable<Text>) {
    let all = "";
    for await (const { text } of requests) all += text;
    return { text: all };
  },
  async *server_streaming({ text }: Text) {
    yield { text };
    yield { text: `${text}!` };
  },
  async *bidi_streaming(requests: AsyncIterable<Text>) {
    for await (const { text } of requests) yield { text };
  },
};

async function run(
  kind: Kind,
  interceptors: readonly Interceptor[],
  options: ServiceMethod["options"] = {},
): Promise<{ readonly call: FakeCall; readonly heard: unknown[] }> {
  const service = serving(kind, handlers[kind], { interceptors, ...options });
  const call = service.call({ with: { "grpc-accept-encoding": "like" } });
  call.sendAll("a");
  await settled();
  return { call, heard: service.heard };
}

/** What `onError` heard of a call whose client learned the code alone. */
function misusedBy({ call, heard }: { readonly call: FakeCall; readonly heard: readonly unknown[] }): string {
  expect(call.stream.status).toBe("13");
  expect(heard).toHaveLength(1);
  return (heard[0] as Error).message;
}

describe.each(kinds)("interceptors of a handler: %s", (kind) => {
  it("see the call before its body, and its end before the client does", async () => {
    const seen: unknown[] = [];
    const { call } = await run(kind, [
      async (call, next) => {
        seen.push(call.side, call.status, call.spec.procedure, call.peer.protocol);
        await next();
        seen.push(call.status);
        call.responseTrailers.set("late", "1");
      },
    ]);
    expect(seen).toEqual(["handler", undefined, "/t.Service/Do", "grpc", "ok"]);
    expect([call.stream.status, call.stream.trailers?.get("late")]).toEqual(["0", "1"]);
  });

  it("may set the response's headers", async () => {
    const { call } = await run(kind, [
      async (call, next) => {
        call.responseHeaders.set("early", "1");
        await next();
      },
    ]);
    expect(call.stream.headers?.get("early")).toBe("1");
  });

  it("replace messages of both ways", async () => {
    const { call } = await run(kind, [
      (call, next) => {
        call.onRequest((message) => ({ text: `<${(message as unknown as Text).text}` }));
        call.onResponse((message) => ({ text: `${(message as unknown as Text).text}>` }));
        return next();
      },
    ]);
    expect(call.stream.texts[0]).toBe("<a>");
  });

  it("may run the call once: the second next() fails, with the first one's error if there was one", async () => {
    const errors: unknown[] = [];
    const again: Interceptor = async (_, next) => {
      await next().catch((error: unknown) => errors.push(error));
      await next().catch((error: unknown) => errors.push(error));
      throw errors.at(-1);
    };
    expect(misusedBy(await run(kind, [again]))).toMatch(/next\(\) runs \/t.Service\/Do only once/);
    const fail = () => {
      throw new ConnectError("unavailable", "try later");
    };
    const failing = serving(kind, fail, { interceptors: [again] });
    errors.length = 0;
    const call = failing.call();
    call.sendAll("a");
    await settled();
    expect(errors[0]).toBe(errors[1]);
    expect(call.stream.status).toBe("14 try later");
  });

  it("that end without next() or respond() fail the call", async () => {
    expect(misusedBy(await run(kind, [async () => undefined]))).toMatch(/of \/t.Service\/Do returned before next/);
  });

  it("that swallow an error have not made the call succeed", async () => {
    const refuse: Interceptor = async () => {
      throw new ConnectError("permission_denied", "no");
    };
    const { call } = await run(kind, [(_, next) => next().catch(() => undefined), refuse]);
    expect(call.stream.status).toBe("7 no");
  });

  it("have 50 ms for a call that is canceled, and `done` settles after that", async () => {
    let seen: Call | undefined;
    let done = false;
    const service = serving(kind, handlers[kind], {
      interceptors: [
        async (call, next) => {
          seen = call;
          void call.done.then(() => {
            done = true;
          });
          await next().catch(() => new Promise(() => undefined));
        },
      ],
    });
    const call = service.call();
    await call.leave();
    expect([call.stream.log.includes("end"), done]).toEqual([false, false]);
    await time.pass(50);
    expect([call.stream.status, seen?.status, done]).toEqual(["1 the client canceled the call", "canceled", true]);
  });

  it("may change what a canceled call ends with", async () => {
    const service = serving(kind, handlers[kind], {
      interceptors: [
        async (_, next) => {
          await next().catch(() => {
            throw new ConnectError("aborted", "left");
          });
        },
      ],
    });
    const call = service.call();
    await call.leave();
    expect(call.stream.status).toBe("10 left");
  });

  it("may shorten the deadline", async () => {
    const service = serving(kind, () => forever, {
      interceptors: [
        (call, next) => {
          call.setTimeoutMs(10);
          return next();
        },
      ],
    });
    const call = service.call();
    call.sendAll("a");
    await settled();
    await time.pass(10);
    expect(call.stream.status).toMatch(/^4 the deadline of 10 ms/);
  });
});

describe.each(streaming)("interceptors of a handler: %s", (kind) => {
  it("have no respond()", async () => {
    const ran = await run(kind, [async (call) => call.respond({ text: "b" })]);
    expect(misusedBy(ran)).toMatch(/respond\(\) works for RPCs with a single response/);
  });

  it("look at the headers once, also of a stream without messages", async () => {
    let looks = 0;
    const look: Interceptor = (call, next) => {
      call.onResponseHeaders(async (headers) => {
        await settled();
        looks++;
        headers.set("looks", `${looks}`);
      });
      return next();
    };
    const bodies = [
      async function* (_: never, context: { sendHeaders(): void }) {
        context.sendHeaders();
        context.sendHeaders();
        yield { text: "a" };
        yield { text: "b" };
      },
      async function* () {
        // Nothing to say.
      },
    ];
    for (const body of bodies) {
      looks = 0;
      const call = serving(kind, body, { interceptors: [look] }).call();
      call.sendAll("a");
      await settled();
      await settled();
      expect([looks, call.stream.headers?.get("looks"), call.stream.status]).toEqual([1, "1", "0"]);
    }
  });
});

describe.each(single)("interceptors of a handler: %s", (kind) => {
  it("may answer in place of the service, with metadata", async () => {
    const { call } = await run(kind, [
      async (call) => call.respond({ text: "b" }, { headers: { h: "1" }, trailers: { t: "2" } }),
    ]);
    expect([call.stream.texts, call.stream.status]).toEqual([["b"], "0"]);
    expect([call.stream.headers?.get("h"), call.stream.trailers?.get("t")]).toEqual(["1", "2"]);
  });

  it("may answer after the service, or after its failure; the last answer is sent", async () => {
    const answering =
      (text: string): Interceptor =>
      async (call, next) => {
        await next().catch(() => undefined);
        call.respond({ text });
      };
    const interceptors = [answering("c"), answering("b")];
    for (const compressions of [[], [reversing], [{ ...reversing, compress: later }]]) {
      const { call } = await run(kind, interceptors, { compressions, compressMinBytes: 0 });
      await settled();
      expect([call.stream.texts, call.stream.status]).toEqual([["c"], "0"]);
    }
  });

  it("that answer too late change nothing", async () => {
    let late: (() => void) | undefined;
    const { call } = await run(kind, [
      async (call, next) => {
        await next();
        late = () => call.respond({ text: "late" });
      },
    ]);
    late?.();
    expect(call.stream.texts).toEqual(["a"]);
  });
});

/** No answer, and no message. */
const forever = Object.assign(new Promise<never>(() => undefined), {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
});

async function later(bytes: Uint8Array): Promise<Uint8Array> {
  await Promise.resolve();
  return bytes.slice().reverse();
}
