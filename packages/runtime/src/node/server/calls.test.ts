import { expect, it } from "@jest/globals";
import { type Running, ServerCalls } from "./calls.js";

it("calls that run are told of the end, and calls that are over are not", () => {
  const calls = new ServerCalls({});
  const told: number[] = [];
  const all = [0, 1, 2, 3, 4].map((number): Running => {
    const call: Running = {
      newer: undefined,
      older: undefined,
      shutDown() {
        told.push(number);
        calls.remove(call);
      },
      awaitBody() {},
    };
    calls.add(call);
    return call;
  });
  for (const over of [2, 4, 0]) calls.remove(all[over] as Running);
  calls.shutDown();
  calls.shutDown();
  expect(told).toEqual([3, 1]);
});
