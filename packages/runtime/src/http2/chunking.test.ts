import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Pair, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";

/** What a client does with one call, and how the server answers. */
interface Plan {
  readonly request: readonly number[];
  readonly response: readonly number[];
  readonly trailers: boolean;
  readonly pad: number;
  readonly cancelAt: number;
  readonly pauses: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  request: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 4 }),
  response: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 4 }),
  trailers: fc.boolean(),
  pad: fc.integer({ min: 0, max: 40_000 }),
  cancelAt: fc.constantFrom(-1, -1, -1, 0, 1),
  pauses: fc.boolean(),
});

/** Runs the plans over one connection, its bytes cut as `cut` says, and tells what each side of each call saw. */
function run(plans: readonly Plan[], cut: (bytes: Uint8Array) => Iterable<Uint8Array>): string[] {
  const pair = new Pair({ limits: { maxHeaderBytes: 100_000 } }, { limits: { maxHeaderBytes: 100_000 } });
  pair.cut = cut;
  pair.serverHost.onRequest = () => {
    const stream = new RecordedStream({
      onEnd() {
        const mine = plans[pair.serverHost.streams.indexOf(stream)] as Plan;
        stream.sendHead([...responseFields, "x-pad", "p".repeat(mine.pad)]);
        for (const size of mine.response) stream.sendData(new Uint8Array(size).fill(size));
        stream.sendEnd(undefined, mine.trailers ? ["x-size", `${mine.response.length}`] : undefined);
      },
    });
    return stream;
  };
  const calls = plans.map((mine) => {
    const call = pair.request([...requestFields, "x-pad", "q".repeat(mine.pad)]);
    if (mine.pauses) call.pause();
    for (const size of mine.request) call.sendData(new Uint8Array(size).fill(size));
    call.sendEnd(undefined, mine.trailers ? ["x-size", `${mine.request.length}`] : undefined);
    return call;
  });
  calls.forEach((call, i) => {
    if (plans[i]?.cancelAt === 0) call.reset(8);
  });
  for (let round = 0; round < 4; round++) {
    pair.run();
    calls.forEach((call, i) => {
      if (plans[i]?.cancelAt === round) call.reset(8);
      call.resume();
    });
  }
  pair.client.shutdown();
  pair.run();
  const told = [...calls, ...pair.serverHost.streams].map(
    (stream) => `${stream.events} ${stream.bodyBytes} ${stream.body.length} ${stream.trailers}`,
  );
  return [...told, `${pair.clientHost.events}`, `${pair.serverHost.events}`];
}

test("a conversation is the same however its bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(plan, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 }),
      (plans, sizes) => {
        const whole = run(plans, (bytes) => [bytes]);
        let next = 0;
        const pieces = run(plans, function* (bytes) {
          for (let at = 0; at < bytes.length; ) {
            const size = sizes[next++ % sizes.length] as number;
            yield bytes.slice(at, at + size);
            at += size;
          }
        });
        expect(pieces).toEqual(whole);
        expect(whole.every((line) => !/reset .* by local/.test(line))).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
