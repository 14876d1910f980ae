import { codeFromNumber } from "@connect-ts/runtime";
import { expect } from "@jest/globals";
import type { Call, Client, Feature, Method, Outcome, Server, Wire } from "./peer.js";
import { startRelay } from "./relay.js";

/** A pair that runs. */
export interface Running {
  readonly wire: Wire;
  readonly client: Client;
  readonly server: Server;
  /** A deadline that mostly is long enough for a call to reach the handler, in milliseconds. */
  readonly deadlineMs: number;
  /** The same pair with gzip on both sides, and `target` for the client's URL. */
  compressing(
    relayed: (target: string) => Promise<string>,
  ): Promise<{ readonly client: Client; close(): Promise<void> }>;
}

/** Something that holds for every pair that has what it needs. */
export interface Check {
  readonly name: string;
  readonly needs: readonly Feature[];
  run(pair: Running): Promise<void>;
}

/** More than a double can hold. */
const bigNumber = "9007199254740993";
const text = "Grüße, 世界 🌍 100 %\u0000\n";
const metadata = { "x-echo": "to and fro", "x-echo-bin": "AP8BgP7+" };
const ones = (count: number) => Array.from({ length: count }, () => ({ number: "1" }));

/** One message and its answer; the request is not ended. */
const idleStream: Call = { method: "CumSum", requests: ones(1), interleave: true, leaveOpen: true };

/** Checks, in the order in which a reader would ask. */
export const checks: readonly Check[] = [
  {
    name: "unary: the message comes back whole",
    needs: [],
    async run({ client }) {
      const request = { number: bigNumber, text, data: "AAEC/w==" };
      const { messages, error } = await client.call({ method: "Ping", requests: [request] });
      expect(error).toBeUndefined();
      expect(messages).toEqual([request]);
    },
  },
  {
    name: "unary: an empty message comes back",
    needs: [],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "Ping", requests: [{}] });
      expect({ messages, error }).toEqual({ messages: [{}] });
    },
  },
  {
    name: "unary: a message of 1 MB comes back whole",
    needs: ["long requests"],
    async run({ client }) {
      const request = { text: "0123456789abcdef".repeat(65_536) };
      const { messages, error } = await client.call({ method: "Ping", requests: [request] });
      expect(error).toBeUndefined();
      expect(messages).toEqual([request]);
    },
  },
  {
    name: "unary: 20 calls at the same time get their own answers",
    needs: [],
    async run({ client }) {
      const numbers = Array.from({ length: 20 }, (_, i) => String(i + 1));
      const outcomes = await Promise.all(
        numbers.map((number) => client.call({ method: "Ping", requests: [{ number }] })),
      );
      expect(outcomes.map(({ messages }) => messages[0]?.number)).toEqual(numbers);
    },
  },
  {
    name: "server streaming: all messages come, in order",
    needs: [],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "CountUp", requests: [{ number: "100" }] });
      expect(error).toBeUndefined();
      expect(messages.map(({ number }) => Number(number))).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    },
  },
  {
    name: "server streaming: none of no messages",
    needs: [],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "CountUp", requests: [{}] });
      expect({ messages, error }).toEqual({ messages: [] });
    },
  },
  {
    name: "server streaming: 1 MB in messages of 64 KB come whole",
    needs: [],
    async run({ client }) {
      const padding = Buffer.alloc(65_536, "connect").toString("base64");
      const { messages, error } = await client.call({ method: "CountUp", requests: [{ number: "16", padding }] });
      expect(error).toBeUndefined();
      expect(messages).toHaveLength(16);
      expect(messages.every((message) => message.padding === padding)).toBe(true);
    },
  },
  {
    name: "client streaming: all messages are summed up",
    needs: ["client streaming"],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "Sum", requests: ones(100) });
      expect({ messages, error }).toEqual({ messages: [{ sum: "100" }] });
    },
  },
  {
    name: "client streaming: no message sums up to nothing",
    needs: ["client streaming"],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "Sum", requests: [] });
      expect({ messages, error }).toEqual({ messages: [{}] });
    },
  },
  {
    name: "bidi: each message is answered before the next is sent",
    needs: ["bidi"],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "CumSum", requests: ones(5), interleave: true });
      expect(error).toBeUndefined();
      expect(messages.map(({ sum }) => sum)).toEqual(["1", "2", "3", "4", "5"]);
    },
  },
  {
    name: "bidi: 100 messages sent at once are all answered",
    needs: ["bidi"],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "CumSum", requests: ones(100) });
      expect(error).toBeUndefined();
      expect(messages.map(({ sum }) => Number(sum))).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    },
  },
  ...(["Ping", "CountUp", "Sum", "CumSum"] as const).map(
    (method): Check => ({
      name: `${kindOf(method)}: headers and binary metadata go there, headers and binary trailers come back`,
      needs: ["response metadata", ...needsOf(method)],
      async run({ client }) {
        const { headers, trailers, error } = await client.call({
          method,
          requests: [{ number: "1" }],
          headers: metadata,
        });
        expect(error).toBeUndefined();
        expect(headers["x-echo"]).toBe(metadata["x-echo"]);
        expect(trailers["x-echo-bin"]).toBe(metadata["x-echo-bin"]);
      },
    }),
  ),
  {
    name: "errors: each of the 16 codes arrives with its message",
    needs: [],
    async run({ client }) {
      for (let code = 1; code <= 16; code++) {
        const { messages, error } = await client.call({
          method: "Fail",
          requests: [{ code, message: `code ${code}` }],
        });
        expect(messages).toEqual([]);
        expect(error).toMatchObject({ code: codeFromNumber(code), message: `code ${code}` });
      }
    },
  },
  {
    name: "errors: a message with any characters arrives",
    needs: [],
    async run({ client }) {
      const message = '50 % of Größe 世界 🌍: "quoted", C:\\path';
      const { error } = await client.call({ method: "Fail", requests: [{ code: 5, message }] });
      expect(error).toMatchObject({ code: "not_found", message });
    },
  },
  {
    name: "errors: details arrive and decode",
    needs: ["details"],
    async run({ client }) {
      const request = { code: 9, message: "no", detail: "the disk is full" };
      const { error } = await client.call({ method: "Fail", requests: [request] });
      expect(error).toEqual({ code: "failed_precondition", message: "no", reasons: ["the disk is full"] });
    },
  },
  {
    name: "errors: metadata arrives with them",
    needs: ["response metadata"],
    async run({ client }) {
      const { headers, trailers } = await client.call({ method: "Fail", requests: [{ code: 5, message: "no" }] });
      expect({ ...headers, ...trailers }["x-reason"]).toBe("asked-for");
    },
  },
  {
    name: "errors: a stream that fails gives its messages first",
    needs: [],
    async run({ client }) {
      const { messages, error } = await client.call({ method: "CountUp", requests: [{ number: "3", failCode: 11 }] });
      expect(messages.map(({ number }) => number)).toEqual(["1", "2", "3"]);
      expect(error).toMatchObject({ code: "out_of_range", message: "counted far enough" });
    },
  },
  {
    name: "deadline: the handler knows it",
    needs: ["deadline", "response metadata"],
    async run({ client }) {
      const { headers } = await client.call({ method: "Ping", requests: [{}], timeoutMs: 20_000 });
      const left = Number(headers["x-timeout-ms"]);
      expect(left).toBeGreaterThan(10_000);
      // The C core rounds up.
      expect(left).toBeLessThanOrEqual(20_200);
    },
  },
  {
    name: "deadline: when it passes, the client gets deadline_exceeded and the handler is told",
    needs: ["deadline"],
    async run(pair) {
      const { aborted, started } = pair.server;
      const before = { aborted: aborted("Ping"), started: started("Ping") };
      await pastDeadline(
        pair,
        { method: "Ping", requests: [{ delayMs: 30_000 }] },
        () => started("Ping") > before.started,
      );
      await until(() => aborted("Ping") > before.aborted);
    },
  },
  {
    name: "deadline: it ends an idle stream",
    needs: ["deadline", "bidi"],
    async run(pair) {
      const { messages } = await pastDeadline(pair, idleStream, (outcome) => outcome.messages.length > 0);
      expect(messages).toEqual([{ sum: "1" }]);
    },
  },
  {
    name: "deadline: the handler of an idle stream is told",
    needs: ["deadline", "bidi", "clean resets"],
    async run(pair) {
      const { aborted, started } = pair.server;
      const before = { aborted: aborted("CumSum"), started: started("CumSum") };
      await pastDeadline(pair, idleStream, () => started("CumSum") > before.started);
      await until(() => aborted("CumSum") > before.aborted);
    },
  },
  {
    name: "cancellation: of a unary call reaches the handler",
    needs: ["cancellation"],
    async run({ client, server }) {
      const before = server.aborted("Ping");
      const startedBefore = server.started("Ping");
      const controller = new AbortController();
      const call = client.call({ method: "Ping", requests: [{ delayMs: 10_000 }], signal: controller.signal });
      await until(() => server.started("Ping") > startedBefore);
      controller.abort();
      expect((await call).error?.code).toBe("canceled");
      await until(() => server.aborted("Ping") > before);
    },
  },
  {
    name: "cancellation: of a response stream reaches the handler",
    needs: ["cancellation", "endless responses"],
    async run({ client, server }) {
      const before = server.aborted("CountUp");
      const controller = new AbortController();
      const { messages, error } = await client.call({
        method: "CountUp",
        requests: [{ number: "1000000000", padding: Buffer.alloc(10_000).toString("base64") }],
        signal: controller.signal,
        onMessage: () => controller.abort(),
      });
      expect(messages[0]).toMatchObject({ number: "1" });
      expect(error?.code).toBe("canceled");
      await until(() => server.aborted("CountUp") > before);
    },
  },
  {
    name: "cancellation: of an idle stream reaches the handler",
    needs: ["cancellation", "bidi", "clean resets"],
    async run({ client, server }) {
      const before = server.aborted("CumSum");
      const controller = new AbortController();
      const { messages, error } = await client.call({
        ...idleStream,
        signal: controller.signal,
        onMessage: () => controller.abort(),
      });
      expect(messages).toEqual([{ sum: "1" }]);
      expect(error?.code).toBe("canceled");
      await until(() => server.aborted("CumSum") > before);
    },
  },
  {
    name: "gzip: requests are compressed",
    needs: ["compressed requests"],
    run: (pair) => exchangeCompressible(pair, ({ up }) => expect(up).toBeLessThan(compressedBytes)),
  },
  {
    name: "gzip: responses are compressed",
    needs: ["compressed responses"],
    run: (pair) => exchangeCompressible(pair, ({ down }) => expect(down).toBeLessThan(compressedBytes)),
  },
  {
    name: "gzip: streams of messages are compressed",
    needs: ["compressed requests", "compressed responses"],
    run: (pair) =>
      withRelay(pair, async (client, traffic) => {
        const padding = Buffer.alloc(compressibleBytes, "x").toString("base64");
        const { messages, error } = await client.call({ method: "CountUp", requests: [{ number: "3", padding }] });
        expect(error).toBeUndefined();
        expect(messages.map((message) => message.padding === padding)).toEqual([true, true, true]);
        const { up, down } = traffic();
        expect(up).toBeLessThan(compressedBytes);
        expect(down).toBeLessThan(compressedBytes);
      }),
  },
  {
    name: "gzip: empty messages and errors get through",
    needs: ["compressed responses"],
    run: (pair) =>
      withRelay(pair, async (client) => {
        expect((await client.call({ method: "Ping", requests: [{}] })).messages).toEqual([{}]);
        const request = { code: 5, message: "no", detail: "why ".repeat(200) };
        const { error } = await client.call({ method: "Fail", requests: [request] });
        expect(error).toMatchObject({ code: "not_found", message: "no" });
      }),
  },
];

const compressibleBytes = 200_000;
const compressedBytes = 20_000;

interface Traffic {
  readonly up: number;
  readonly down: number;
}

function exchangeCompressible(pair: Running, check: (traffic: Traffic) => void): Promise<void> {
  return withRelay(pair, async (client, traffic) => {
    const request = { text: "x".repeat(compressibleBytes) };
    const { messages, error } = await client.call({ method: "Ping", requests: [request] });
    expect(error).toBeUndefined();
    expect(messages).toEqual([request]);
    check(traffic());
  });
}

/** Runs the compressing pair with a relay between client and server, to see what really goes over the wire. */
async function withRelay(pair: Running, run: (client: Client, traffic: () => Traffic) => Promise<void>): Promise<void> {
  const relays: Awaited<ReturnType<typeof startRelay>>[] = [];
  const compressing = await pair.compressing(async (target) => {
    const relay = await startRelay(target);
    relays.push(relay);
    return relay.url;
  });
  try {
    await run(compressing.client, () => ({ up: relays[0]?.up ?? 0, down: relays[0]?.down ?? 0 }));
  } finally {
    await Promise.all(relays.map((relay) => relay.close()));
    await compressing.close();
  }
}

function kindOf(method: Method): string {
  const kinds = { Ping: "unary", Fail: "unary", Sum: "client streaming", CountUp: "server streaming", CumSum: "bidi" };
  return kinds[method];
}

function needsOf(method: Method): Feature[] {
  return method === "Sum" ? ["client streaming"] : method === "CumSum" ? ["bidi"] : [];
}

/** Calls until a deadline passes after the call has `reached` what it is for: each deadline is twice as long as the one before. */
async function pastDeadline(
  { client, deadlineMs }: Running,
  call: Call,
  reached: (outcome: Outcome) => boolean,
): Promise<Outcome> {
  for (let timeoutMs = deadlineMs; ; timeoutMs *= 2) {
    const outcome = await client.call({ ...call, timeoutMs });
    expect(outcome.error?.code).toBe("deadline_exceeded");
    if (reached(outcome) || timeoutMs > 4000) return outcome;
  }
}

/** Waits for something that another process does. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("the handler did not begin, or was not told, within 20 seconds");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
