import { createFileRegistry, type DescFile, type Message } from "@bufbuild/protobuf";
import {
  binary,
  type Codec,
  type Compression,
  ConnectError,
  connect,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
  isNotModified,
  notModifiedError,
  type Peer,
  type ServerStream,
  unaryInterceptor,
} from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import { gzip } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { file_ping_v1_ping, type PingRequest, PingService } from "../gen/src/ping/v1/ping_pb.js";
import { combinations, connected, rejection, sleep, using } from "./helpers.js";
import { protocols } from "./pairs.js";

type Numbers = AsyncIterable<{ readonly number: bigint }>;

describe.each(combinations)("$name", (combination) => {
  const { pair, protocol } = combination;

  describe("the handler's context", () => {
    it("knows the RPC, the peer and the request", async () => {
      let context: HandlerContext | undefined;
      let peer: Peer | undefined;
      const methods = {
        ping(_: PingRequest, given: HandlerContext) {
          context = given;
          peer = given.peer;
          return {};
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        const { peer: server } = await client.ping({}).response;
        expect(context?.spec.procedure).toBe("/ping.v1.PingService/Ping");
        const { schema, importSchema } = context?.spec ?? {};
        expect((schema ?? (await importSchema?.()))?.name).toBe("Ping");
        expect(context?.httpMethod).toBe("POST");
        expect(context?.url).toContain("/ping.v1.PingService/Ping");
        if (pair.name !== "in-process") expect(context?.request).toBeDefined();
        expect(context?.timeoutMs()).toBeUndefined();
        expect(peer?.protocol).toBe(protocol);
        expect(server.protocol).toBe(protocol);
        if (pair.network) expect(peer?.address).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
        if (pair.name.includes("TLS")) expect(peer?.tls?.alpnProtocol).toBe("h2");
      });
    });

    it("sends headers before the first message, and refuses later changes", async () => {
      let late: unknown;
      let release!: () => void;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const methods = {
        async *countUp(_: unknown, context: HandlerContext) {
          context.responseHeaders.set("x-early", "yes");
          context.sendHeaders();
          await gate;
          try {
            context.responseHeaders.set("x-late", "no");
          } catch (error) {
            late = error;
          }
          context.responseTrailers.set("x-trailer", "yes");
          yield { number: 1n };
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        const stream = client.countUp({});
        expect((await stream.headers).get("x-early")).toBe("yes");
        release();
        for await (const { number } of stream) expect(number).toBe(1n);
        expect((await stream.trailers).get("x-trailer")).toBe("yes");
        expect(String(late)).toContain("sent already");
      });
    });

    it("cannot be used to overwrite what the protocol says", async () => {
      const methods = {
        ping(_: PingRequest, context: HandlerContext) {
          context.responseHeaders.set("content-type", "text/html");
          context.responseHeaders.set("grpc-status", "13");
          context.responseHeaders.set("connect-content-encoding", "br");
          context.responseTrailers.set("grpc-status", "13");
          context.responseHeaders.set("x-mine", "1");
          return { number: 5n };
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        const headers = {
          "content-type": "text/plain",
          te: "gzip",
          "grpc-timeout": "1n",
          connection: "close",
          "x-mine": "1",
        };
        const response = await client.ping({}, { headers }).response;
        expect(response.message.number).toBe(5n);
        expect(response.headers.get("x-mine")).toBe("1");
      });
    });

    it("of a service's own kind is made once a call, after the interceptors", async () => {
      interface UserContext extends HandlerContext {
        readonly user: string;
      }
      const userKey = createContextKey("nobody");
      const running = await pair.start(
        createPingServiceHandler<UserContext>(
          {
            ping: (_, { user }) => ({ text: user }),
            fail: () => ({}),
            sum: (_, { user }) => ({ sum: BigInt(user.length) }),
            async *countUp() {},
            async *cumSum() {},
          },
          {
            interceptors: [
              async (call, next) => {
                call.values.set(userKey, "ada");
                await next();
              },
            ],
            context: async (context) => Object.assign(context, { user: context.values.get(userKey) }),
          },
        ),
      );
      const client = createPingServiceClient(running.transport({ protocol: protocols[protocol]() }));
      expect((await client.ping({})).text).toBe("ada");
      expect((await client.sum([])).sum).toBe(3n);
      await running.close();
    });
  });

  describe("errors", () => {
    it("only authored ones reach the wire; others go to onError with their cause", async () => {
      const reports: { error: unknown; procedure: string }[] = [];
      const cause = new RangeError("the password is hunter2");
      const methods = {
        ping(): object {
          throw cause;
        },
        async *countUp() {
          yield { number: 1n };
          throw cause;
        },
      };
      const onError = (error: unknown, { spec }: { readonly spec: { readonly procedure: string } }) =>
        reports.push({ error, procedure: spec.procedure });
      await using(connected(combination, methods, { onError }), async ({ client }) => {
        const error = await rejection(client.ping({}));
        expect(error).toMatchObject({ code: "internal", rawMessage: "" });
        const stream = client.countUp({})[Symbol.asyncIterator]();
        expect((await stream.next()).value?.number).toBe(1n);
        expect(await rejection(stream.next())).toMatchObject({ code: "internal", rawMessage: "" });
        expect(reports).toEqual([
          { error: cause, procedure: "/ping.v1.PingService/Ping" },
          { error: cause, procedure: "/ping.v1.PingService/CountUp" },
        ]);
      });
    });

    it("from another server that a handler lets escape do not leak", async () => {
      const methods = {
        ping(): object {
          throw ConnectError.remote("not_found", "row 5 of table secrets");
        },
      };
      await using(connected(combination, methods, { onError: () => undefined }), async ({ client }) => {
        expect(await rejection(client.ping({}))).toMatchObject({ code: "internal", rawMessage: "", isRemote: true });
      });
    });

    it("an unimplemented RPC says which one", async () => {
      const running = await pair.start(createHandler(PingService, { ping: () => ({ number: 1n }) }));
      const client = createPingServiceClient(running.transport({ protocol: protocols[protocol]() }));
      expect((await client.ping({})).number).toBe(1n);
      const error = await rejection(client.sum([]));
      expect(error).toMatchObject({ code: "unimplemented", rawMessage: "ping.v1.PingService.Sum is not implemented" });
      await running.close();
    });

    it("a service that is not there is unimplemented", async () => {
      const running = await pair.start(createHandler({ ...PingService, typeName: "other.Service" }, {}), {});
      const client = createPingServiceClient(running.transport({ protocol: protocols[protocol]() }));
      expect(await rejection(client.ping({}))).toMatchObject({ code: "unimplemented" });
      expect(await rejection(client.sum([]))).toMatchObject({ code: "unimplemented" });
      await running.close();
    });
  });

  describe("a dynamic client and handler", () => {
    it("do the same from a descriptor", async () => {
      const known = new Map(allFiles(file_ping_v1_ping).map(({ proto }) => [proto.name, proto]));
      const registry = createFileRegistry(file_ping_v1_ping.proto, (name) => known.get(name));
      const service = registry.getService("ping.v1.PingService");
      if (service === undefined) throw new Error("the registry lacks the service");
      const running = await pair.start(
        createHandler(service, {
          ping: ({ text }: PingRequest) => ({ text: text.toUpperCase() }),
          async *countUp() {
            yield { number: 7n };
          },
        }),
      );
      const client = createClient(service, running.transport({ protocol: protocols[protocol]() }));
      expect(await client.ping?.({ text: "hi" })).toMatchObject({ text: "HI" });
      const numbers = client.countUp?.({}) as ServerStream<Message>;
      for await (const message of numbers) expect(message).toMatchObject({ number: 7n });
      await running.close();
    });
  });

  describe("compression", () => {
    it("is switched per message, and both sides see it", async () => {
      const requests: boolean[] = [];
      const responses: (boolean | undefined)[] = [];
      const methods = {
        async *cumSum(numbers: Numbers, context: HandlerContext) {
          let on = true;
          for await (const { number } of numbers) {
            requests.push(context.requestCompressed);
            context.compress = on;
            on = !on;
            yield { sum: number };
          }
        },
      };
      const watch: Interceptor = async (call, next) => {
        call.onResponse((_, { compressed }) => {
          responses.push(compressed);
        });
        await next();
      };
      const setup = { sendCompression: gzip(), acceptCompression: [gzip()], protocol: protocols[protocol]() };
      await using(connected(combination, methods, { compressions: [gzip()] }), async ({ transport }) => {
        const stream = createPingServiceClient(transport(setup), { interceptors: [watch] }).cumSum();
        for (const compress of [true, false, true]) await stream.send({ number: 1n }, { compress });
        stream.closeSend();
        for await (const { sum } of stream) expect(sum).toBe(1n);
        expect(requests).toEqual([true, false, true]);
        expect(responses).toEqual([true, false, true]);
      });
    });

    it("is left out for clients on the same machine, unless it is asked for", async () => {
      const seen: (boolean | undefined)[] = [];
      const watch: Interceptor = async (call, next) => {
        call.onResponse((_, { compressed }) => {
          seen.push(compressed);
        });
        await next();
      };
      for (const compressMinBytes of [undefined, 1024]) {
        const options = { compressions: [gzip()], compressMinBytes };
        await using(connected(combination, {}, options, { acceptCompression: [gzip()] }), async ({ transport }) => {
          const client = createPingServiceClient(transport(), { interceptors: [watch] });
          for await (const _ of client.countUp({ number: 1n, padding: new Uint8Array(64 * 1024) }));
        });
      }
      // The fetch handler is not told the client's address here.
      expect(seen).toEqual([pair.name === "fetch handler", true]);
    });

    it("of one's own works by its name", async () => {
      const used: string[] = [];
      const rot: Compression = {
        name: "x-rot",
        compress(bytes) {
          used.push("compress");
          return bytes.map((byte) => byte ^ 0x55);
        },
        async decompress(bytes) {
          used.push("decompress");
          await sleep(1);
          return bytes.map((byte) => byte ^ 0x55);
        },
      };
      const options = { compressions: [rot], compressMinBytes: 0 };
      const setup = { sendCompression: rot, acceptCompression: [rot], compressMinBytes: 0 };
      // A fetch of the platform knows nothing of other content codings, and hides them from scripts.
      if (pair.name.startsWith("fetch") && protocol === "connect") return;
      await using(connected(combination, {}, options, setup), async ({ client }) => {
        expect((await client.ping({ number: 9n })).number).toBe(9n);
        expect(used).toEqual(["compress", "decompress", "compress", "decompress"]);
        const got: bigint[] = [];
        for await (const { sum } of client.cumSum([{ number: 1n }, { number: 2n }, { number: 3n }])) got.push(sum);
        expect(got).toEqual([1n, 3n, 6n]);
      });
    });
  });

  it("a codec of one's own works by its name", async () => {
    const { encode, decode } = binary();
    const reversed: Codec = {
      name: "x-reversed",
      text: false,
      encode(message, type, headroom) {
        const bytes = encode(message, type, headroom);
        bytes.subarray(headroom).reverse();
        return bytes;
      },
      decode(bytes, start, end, type) {
        const copy = bytes.slice(start, end).reverse();
        return decode(copy, 0, copy.length, type);
      },
    };
    await using(connected(combination, {}, { codecs: [reversed] }, { codec: reversed }), async ({ client }) => {
      expect((await client.ping({ number: 3n, text: "abc" })).text).toBe("abc");
      expect((await client.sum([{ number: 1n }, { number: 2n }])).sum).toBe(3n);
    });
  });

  it("unaryInterceptor sees request and response, and may answer or recover by itself", async () => {
    const wrap: Interceptor = unaryInterceptor(async (_call, request, next) => {
      const { text } = request as PingRequest;
      if (text === "short") return { text: "cut" };
      if (text === "recover") return next({ text, delayMs: -1 }).catch(() => ({ text: "recovered" }));
      const response = (await next({ ...request, text: `${text}!` })) as unknown as PingRequest;
      return { ...response, text: response.text.toUpperCase() };
    });
    const methods = {
      ping({ text, delayMs }: PingRequest) {
        if (delayMs < 0) throw new ConnectError("aborted", "broken");
        return { text };
      },
    };
    for (const side of ["client", "handler"]) {
      const options = side === "handler" ? { interceptors: [wrap] } : {};
      await using(connected(combination, methods, options), async ({ transport }) => {
        const client = createPingServiceClient(transport(), { interceptors: side === "client" ? [wrap] : [] });
        expect((await client.ping({ text: "hi" })).text).toBe("HI!");
        expect((await client.ping({ text: "short" })).text).toBe("cut");
        expect((await client.ping({ text: "recover" })).text).toBe("recovered");
        expect((await client.sum([{ number: 1n }])).sum).toBe(1n);
      });
    }
  });

  it("values that a caller gives reach its interceptors", async () => {
    const key = createContextKey("default");
    const seen: string[] = [];
    const read: Interceptor = async (call, next) => {
      seen.push(call.values.get(key));
      await next();
    };
    await using(connected(combination), async ({ transport }) => {
      const client = createPingServiceClient(transport(), { interceptors: [read] });
      await client.ping({});
      await client.ping({}, { values: createContextValues().set(key, "given") });
      expect(seen).toEqual(["default", "given"]);
    });
  });

  if (protocol === "connect") {
    it("RPCs without side effects go by GET, and 304 says that nothing changed", async () => {
      const seen: unknown[] = [];
      const methods = {
        ping({ text }: PingRequest, context: HandlerContext) {
          seen.push([context.httpMethod, context.peer.query?.get("connect")]);
          if (context.requestHeaders.get("if-none-match") === "v1") throw notModifiedError({ etag: "v1" });
          context.responseHeaders.set("etag", "v1");
          return { text };
        },
      };
      await using(connected(combination, methods), async ({ transport }) => {
        const client = createPingServiceClient(transport({ protocol: connect({ useHttpGet: true }) }));
        const { message, headers } = await client.ping({ text: "cache me" }).response;
        expect([message.text, headers.get("etag")]).toEqual(["cache me", "v1"]);
        const error = await rejection(client.ping({ text: "cache me" }, { headers: { "if-none-match": "v1" } }));
        expect(isNotModified(error)).toBe(true);
        expect(seen).toEqual([
          ["GET", "v1"],
          ["GET", "v1"],
        ]);
        await rejection(client.fail({ code: 5 }));
      });
    });
  }
});

function allFiles(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(allFiles)];
}
