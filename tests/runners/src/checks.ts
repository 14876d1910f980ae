// What fakes have to answer, whatever catches the requests: MSW in Node and in a page, Playwright.
import { ConnectError, type Transport } from "@connect-ts/runtime";
import { createPingServiceClient, type PingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema } from "../../gen/src/ping/v1/ping_pb.js";

/** @returns what calls to a fake of the ping service gave; {@link expected} is what they should give */
export async function outcomes(transport: Transport): Promise<object> {
  const ping = createPingServiceClient(transport, { timeoutMs: 10_000 });
  const data = new Uint8Array(40_000).fill(7);
  const headers = { "x-echo": "said", "x-echo-bin": "AQI" };
  const unary = await ping.ping({ text: "hi", number: 2n ** 60n, data }, { headers }).response;
  const failed = await ping.fail({ code: 5, message: "no such thing", detail: "why" }).catch(ConnectError.from);
  const numbers: bigint[] = [];
  const stream = ping.countUp({ number: 3n, failCode: 8 }, { headers });
  let end = "ok";
  try {
    for await (const { number } of stream) numbers.push(number);
  } catch (error) {
    end = ConnectError.from(error).code;
  }
  const { sum } = await ping.sum([{ number: 1n }, { number: 2n }]);
  return {
    text: unary.message.text,
    number: String(unary.message.number),
    data: unary.message.data.every((byte, index) => byte === data[index]) && unary.message.data.length === data.length,
    header: unary.headers.get("x-echo"),
    trailer: String(unary.trailers.getBinary("x-echo-bin")),
    failed: failed instanceof ConnectError && {
      code: failed.code,
      message: failed.rawMessage,
      reason: failed.metadata.get("x-reason"),
      details: failed.findDetails(FailDetailSchema).map(({ reason }) => reason),
    },
    numbers: numbers.map(Number),
    end,
    streamHeader: (await stream.headers).get("x-echo"),
    sum: Number(sum),
  };
}

export const expected: object = {
  text: "hi",
  number: "1152921504606846976",
  data: true,
  header: "said",
  trailer: "1,2",
  failed: { code: "not_found", message: "no such thing", reason: "asked-for", details: ["why"] },
  numbers: [1, 2, 3],
  end: "resource_exhausted",
  streamHeader: "said",
  sum: 3,
};

/** Fakes of which one gives three messages, each when a call of the other one says that the message before came. */
export function stepwise(): Pick<PingServiceHandler, "countUp" | "ping"> {
  let seen = 0n;
  let wake = (): void => undefined;
  return {
    async *countUp(_request, { signal }) {
      seen = 0n;
      signal.addEventListener("abort", () => wake());
      for (let number = 1n; number <= 3n; number++) {
        while (seen < number - 1n && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        yield { number };
      }
    },
    ping({ number }) {
      seen = number;
      wake();
      return { number };
    },
  };
}

/** @returns how many messages of {@link stepwise} came: all of them only where each comes before the stream has ended */
export async function steps(transport: Transport, timeoutMs = 15_000): Promise<number> {
  const ping = createPingServiceClient(transport, { timeoutMs });
  let count = 0;
  try {
    for await (const { number } of ping.countUp({ number: 3n })) {
      count++;
      await ping.ping({ number });
    }
  } catch (error) {
    if (ConnectError.from(error).code !== "deadline_exceeded") throw error;
  }
  return count;
}

/** Reads one message of a stream that goes on, and leaves it. */
export async function leave(transport: Transport): Promise<void> {
  for await (const _ of createPingServiceClient(transport).countUp({ number: 1_000_000n })) return;
}
