import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { ConnectError, type HandlerContext } from "@connect-ts/runtime";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { SumRequestSchema } from "../gen/src/ping/v1/ping_pb.js";
import { combinations, connected, rejection, sleep, until, using } from "./helpers.js";

type Numbers = AsyncIterable<{ readonly number: bigint }>;

describe.each(combinations)("limits and streams, $name", (combination) => {
  describe("limits", () => {
    it("a message is read up to its limit, and not one byte more", async () => {
      const sized = (bytes: number) => ({ data: new Uint8Array(bytes - 3) });
      await using(connected(combination, {}, { readMaxBytes: 1000 }, { readMaxBytes: 1000 }), async ({ client }) => {
        for (const bytes of [999, 1000]) expect((await client.ping(sized(bytes))).data.length).toBe(bytes - 3);
        const error = await rejection(client.ping(sized(1001)));
        expect(error).toMatchObject({ code: "resource_exhausted", isRemote: true });
        expect(error.rawMessage).toContain("1000");
      });
      await using(connected(combination, {}, {}, { readMaxBytes: 1000 }), async ({ client }) => {
        expect((await client.ping(sized(1000))).data.length).toBe(997);
        expect(await rejection(client.ping(sized(1001)))).toMatchObject({
          code: "resource_exhausted",
          isRemote: false,
        });
        const stream = client.countUp({ number: 1n, padding: new Uint8Array(2000) })[Symbol.asyncIterator]();
        expect(await rejection(stream.next())).toMatchObject({ code: "resource_exhausted", isRemote: false });
      });
    });

    it("a message above sendMaxBytes is not sent", async () => {
      await using(connected(combination, {}, {}, { sendMaxBytes: 100 }), async ({ client }) => {
        expect(await rejection(client.ping({ text: "x".repeat(200) }))).toMatchObject({ code: "resource_exhausted" });
        expect((await client.ping({ text: "x" })).text).toBe("x");
      });
    });

    it("who sends without waiting is stopped, and nothing is lost silently", async () => {
      const methods = {
        // Reads nothing.
        sum: (_: unknown, context: HandlerContext) =>
          new Promise<object>((_, reject) =>
            context.signal.addEventListener("abort", () => reject(context.signal.reason)),
          ),
      };
      await using(connected(combination, methods, { readMaxBytes: 2 ** 24 }), async ({ client }) => {
        const stream = client.sum();
        const results: Promise<string>[] = [];
        const message = create(SumRequestSchema, { number: 1n });
        // A length-delimited field of 1 MiB that the schema does not know.
        message.$unknown = [
          { no: 99, wireType: 2, data: Buffer.concat([Buffer.from([0x80, 0x80, 0x40]), Buffer.alloc(1 << 20)]) },
        ];
        for (let i = 0; i < 64; i++) {
          results.push(
            stream.send(message).then(
              () => "sent",
              (error: ConnectError) => error.code,
            ),
          );
          if (i % 8 === 0) await sleep(1);
        }
        expect(new Set(await Promise.all(results.slice(-8)))).toEqual(new Set(["resource_exhausted"]));
        expect(await rejection(stream.response)).toMatchObject({ code: "resource_exhausted" });
      });
    });
  });

  describe("streams", () => {
    it("can be iterated once", async () => {
      await using(connected(combination), async ({ client }) => {
        const stream = client.countUp({ number: 1n });
        for await (const _ of stream);
        expect(() => stream[Symbol.asyncIterator]()).toThrow("iterated only once");
      });
    });

    it("refuse messages after closeSend()", async () => {
      await using(connected(combination), async ({ client }) => {
        const stream = client.sum();
        await stream.send({ number: 3n });
        stream.closeSend();
        expect(await rejection(stream.send({ number: 4n }))).toMatchObject({ code: "internal" });
        expect((await stream.response).message.sum).toBe(3n);
      });
    });

    it("are paced by their reader", async () => {
      let produced = 0;
      const padding = randomBytes(32 * 1024);
      const methods = {
        async *countUp(_: unknown, context: HandlerContext) {
          while (!context.signal.aborted) {
            produced++;
            yield { number: 1n, padding };
          }
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        const reader = client.countUp({})[Symbol.asyncIterator]();
        await reader.next();
        // The sockets' buffers and both windows fill up; then the producer stands still.
        let before = -1;
        for (let i = 0; i < 600 && produced !== before; i++) {
          before = produced;
          await sleep(50);
        }
        expect(produced).toBe(before);
        expect(produced * 32 * 1024).toBeLessThan(40 * 1024 * 1024);
        await reader.return?.();
      });
    });

    it("that never pause leave others their turn", async () => {
      let running = true;
      const methods = {
        async *countUp() {
          for (let i = 0n; running; i++) yield { number: i };
        },
      };
      await using(connected(combination, methods), async ({ client, transport }) => {
        const other = createPingServiceClient(transport());
        const reading = (async () => {
          for await (const _ of client.countUp({})) if (!running) break;
        })();
        for (let i = 0; i < 5; i++) await other.ping({}, { timeoutMs: 20_000 });
        running = false;
        await reading;
      });
    });

    it("of requests that throw fail the call", async () => {
      await using(connected(combination), async ({ client }) => {
        const broken = async function* () {
          yield { number: 1n };
          throw new RangeError("out of numbers");
        };
        const error = await rejection(client.sum(broken()));
        expect(error.code).toBe("canceled");
        expect(error.cause).toBeInstanceOf(RangeError);
      });
    });

    it("of requests are closed when the call ends first", async () => {
      let closed = false;
      const requests = async function* () {
        try {
          for (;;) {
            yield { number: 1n };
            await sleep(1);
          }
        } finally {
          closed = true;
        }
      };
      const methods = {
        async sum(numbers: Numbers) {
          for await (const _ of numbers) throw new ConnectError("aborted", "enough");
          return {};
        },
      };
      await using(connected(combination, methods), async ({ client }) => {
        expect(await rejection(client.sum(requests()))).toMatchObject({ code: "aborted" });
        await until(() => closed);
      });
    });
  });
});
