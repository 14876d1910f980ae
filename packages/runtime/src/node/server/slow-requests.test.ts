import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ManualTime } from "../../testing/manual-time.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep } from "../../testing/node/collector.js";
import { type Exchange, TestRouter } from "../../testing/node/echo-router.js";
import { type Begin, requestPlaces, type Start } from "../../testing/node/request-places.js";

const onCleanup = useCleanup();
const { places } = requestPlaces(onCleanup);

const readAll = ({ response }: Exchange): void => response.resume();
const streaming = (exchange: Exchange): void => {
  Object.assign(exchange, { streaming: true });
  exchange.response.resume();
};

let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

describe.each(places)("a request under %s", (_place, serve: Start, begin: Begin) => {
  /** Sends so many bytes a second for so long, and returns when the request failed, in seconds. */
  async function send(router: TestRouter, bytesPerSecond: number, seconds: number): Promise<number | undefined> {
    const port = await serve(router, { requestMinBytesPerSecond: 100, requestIdleTimeoutMs: 60_000 });
    const more = await begin(port, "a");
    while (router.last === undefined) await sleep(1);
    for (let at = 0; at < seconds; at += 0.25) {
      await time.pass(250);
      if (router.last.failure !== undefined) return at;
      more("b".repeat(bytesPerSecond / 4));
      await sleep(3);
    }
    return undefined;
  }

  it("that comes too slowly fails when it has had its time to begin", async () => {
    const router = new TestRouter(readAll);
    const failedAt = await send(router, 80, 20);
    expect(router.last.failure).toEqual({
      reason: "protocol",
      message: "the request came slower than 100 bytes a second (requestMinBytesPerSecond)",
    });
    expect(failedAt).toBeGreaterThan(4);
    expect(failedAt).toBeLessThan(7);
  });

  it("that comes fast enough goes on", async () => {
    expect(await send(new TestRouter(readAll), 120, 10)).toBeUndefined();
  });

  it("that the server does not read goes on", async () => {
    const router = new TestRouter(({ response }) => response.pause());
    expect(await send(router, 4, 10)).toBeUndefined();
  });

  it("that is a stream may be slow", async () => {
    expect(await send(new TestRouter(streaming), 4, 10)).toBeUndefined();
  });
});
