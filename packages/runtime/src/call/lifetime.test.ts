import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { canceledBy, Lifetime } from "./lifetime.js";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe("a call's life", () => {
  it("ends once, and releases what belongs to it", () => {
    const life = new Lifetime();
    const released: string[] = [];
    life.onRelease(() => released.push("first"));
    life.onRelease(() => released.push("second"));
    expect(life.finish()).toBe(true);
    expect(life.finish()).toBe(false);
    expect(life.cancel(new ConnectError("canceled"))).toBe(false);
    expect(released).toEqual(["first", "second"]);
    life.onRelease(() => released.push("late"));
    expect(released).toEqual(["first", "second", "late"]);
  });

  it("tells listeners and the signal why it was cut short", () => {
    const life = new Lifetime();
    const heard: ConnectError[] = [];
    const { signal } = life;
    life.onCancel((error) => heard.push(error));
    const reason = new ConnectError("aborted", "enough");
    expect(life.cancel(reason)).toBe(true);
    life.onCancel((error) => heard.push(error));
    expect(heard).toEqual([reason, reason]);
    expect(signal.reason).toBe(reason);
    expect(new Lifetime().controller).toBeUndefined();
  });

  it("a signal asked for after the cancellation has aborted", () => {
    const life = new Lifetime();
    const reason = new ConnectError("canceled");
    life.cancel(reason);
    expect(life.signal.aborted).toBe(true);
    expect(life.signal.reason).toBe(reason);
  });

  it("a listener that was taken away hears nothing", () => {
    const life = new Lifetime();
    const listener = jest.fn();
    life.onCancel(listener);
    life.offCancel(listener);
    life.cancel(new ConnectError("canceled"));
    expect(listener).not.toHaveBeenCalled();
  });

  it("does not abort its signal when it ends well", () => {
    const life = new Lifetime();
    const { signal } = life;
    life.finish();
    expect(signal.aborted).toBe(false);
  });

  it("follows a signal, and lets go of it in the end", () => {
    const controller = new AbortController();
    const followed = new Lifetime();
    followed.follow(controller.signal);
    const finished = new Lifetime();
    finished.follow(controller.signal);
    finished.finish();
    controller.abort();
    expect(followed.reason?.code).toBe("canceled");
    expect(finished.reason).toBeUndefined();
  });

  it("shares one listener of a signal with all others, which goes with the last of them", () => {
    const { signal } = new AbortController();
    const lives = Array.from({ length: 20 }, () => new Lifetime());
    for (const life of lives) life.follow(signal);
    lives[0]?.follow(signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const life of lives.slice(1)) life.finish();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    lives[0]?.finish();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    const next = new Lifetime();
    next.follow(signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    next.finish();
  });

  it("that end while a signal aborts are told no more of it", () => {
    const controller = new AbortController();
    const lives = [new Lifetime(), new Lifetime(), new Lifetime()];
    for (const life of lives) life.follow(controller.signal);
    lives[0]?.onCancel(() => lives[1]?.finish());
    controller.abort();
    expect(lives.map(({ reason }) => reason?.code)).toEqual(["canceled", undefined, "canceled"]);
  });

  it("has an error of its own when one reason ends many calls", () => {
    const reason = new ConnectError("aborted", "shutting down", { metadata: { a: "1" } });
    const controller = new AbortController();
    const lives = [new Lifetime(), new Lifetime()];
    for (const life of lives) life.follow(controller.signal);
    controller.abort(reason);
    for (const life of lives) {
      expect(life.reason).toMatchObject({ code: "aborted", rawMessage: "shutting down", cause: reason });
      expect(life.reason?.metadata.get("a")).toBe("1");
      expect(life.reason).not.toBe(reason);
    }
    expect(lives[0]?.reason).not.toBe(lives[1]?.reason);
  });

  it("tells all of its cancellation, also after one of them threw", () => {
    const life = new Lifetime();
    const told: string[] = [];
    life.onCancel(() => {
      told.push("first");
      throw undefined;
    });
    life.onCancel(() => told.push("second"));
    expect(life.cancel(new ConnectError("canceled"))).toBe(true);
    expect(told).toEqual(["first", "second"]);
  });

  it("is cut short by whatever a signal aborts with", () => {
    const trap = (): never => {
      throw new RangeError("looked at");
    };
    for (const reason of [null, 0, "", new Proxy({}, { get: trap, has: trap })]) {
      const controller = new AbortController();
      const life = new Lifetime();
      life.follow(controller.signal);
      controller.abort(reason);
      expect(life.reason?.code).toBe("canceled");
    }
  });

  it("follows a signal that has aborted already", () => {
    const life = new Lifetime();
    life.follow(AbortSignal.abort("why"));
    expect(life.reason).toMatchObject({ code: "canceled", cause: "why" });
  });
});

describe("a deadline", () => {
  it("cuts the call short when it passes", () => {
    const life = new Lifetime();
    life.setTimeoutMs(100);
    jest.advanceTimersByTime(99);
    expect(life.over).toBe(false);
    jest.advanceTimersByTime(2);
    expect(life.reason?.message).toBe("[deadline_exceeded] the deadline of 100 ms has passed");
    expect(life.timeoutMs()).toBe(0);
  });

  it("has passed already at 0 and below", () => {
    for (const timeoutMs of [0, -1]) {
      const life = new Lifetime();
      life.setTimeoutMs(timeoutMs);
      expect(life.reason?.code).toBe("deadline_exceeded");
    }
  });

  it("is the earlier of two", () => {
    const life = new Lifetime();
    life.setTimeoutMs(100);
    life.setTimeoutMs(1000);
    expect(life.timeoutMs()).toBeLessThanOrEqual(100);
    life.setTimeoutMs(10);
    jest.advanceTimersByTime(11);
    expect(life.reason?.code).toBe("deadline_exceeded");
  });

  it("beyond 2^31 ms comes when it is due, and not at once", () => {
    const life = new Lifetime();
    life.setTimeoutMs(2 ** 31 + 5000);
    jest.advanceTimersByTime(2 ** 31);
    expect(life.over).toBe(false);
    jest.advanceTimersByTime(5001);
    expect(life.reason?.code).toBe("deadline_exceeded");
  });

  it("before all time has passed", () => {
    const life = new Lifetime();
    life.setTimeoutMs(Number.NEGATIVE_INFINITY);
    expect([life.over, life.reason?.code]).toEqual([true, "deadline_exceeded"]);
  });

  it("that is no number, or infinite, is none", () => {
    const life = new Lifetime();
    life.setTimeoutMs(Number.NaN);
    life.setTimeoutMs(Number.POSITIVE_INFINITY);
    expect(life.timeoutMs()).toBeUndefined();
    expect(jest.getTimerCount()).toBe(0);
  });

  it("leaves no timer behind when the call ends", () => {
    const life = new Lifetime();
    life.setTimeoutMs(1000);
    expect(jest.getTimerCount()).toBe(1);
    life.finish();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("the error of a local cancellation", () => {
  it("is canceled, keeps its cause, and is deadline_exceeded for a TimeoutError", () => {
    expect(canceledBy("bored")).toMatchObject({ code: "canceled", cause: "bored" });
    expect(canceledBy(new DOMException("late", "TimeoutError")).code).toBe("deadline_exceeded");
    const own = new ConnectError("aborted");
    expect(canceledBy(own)).toBe(own);
  });
});
