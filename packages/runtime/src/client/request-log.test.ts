import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { RequestLog } from "./request-log.js";

const message = (text: string): { message: string; compress: undefined } => ({ message: text, compress: undefined });
const reading = (): boolean => true;

async function take(log: RequestLog<string>, index: number): Promise<string | undefined> {
  return (await log.at(index, reading))?.outgoing.message;
}

describe("the requests of a call that may run several times", () => {
  it("are read in order, and waited for", async () => {
    const log = new RequestLog<string>();
    const first = take(log, 0);
    void log.add(message("a"));
    expect(await first).toBe("a");
    const second = take(log, 1);
    log.close();
    expect(await second).toBeUndefined();
  });

  it("are read from the beginning by each attempt, also what one had taken and not sent", async () => {
    const log = new RequestLog<string>();
    void log.add(message("a"));
    expect(await take(log, 0)).toBe("a");
    expect(await take(log, 0)).toBe("a");
  });

  it("settle those who add them when they are sent, once", async () => {
    const log = new RequestLog<string>();
    const sent = log.add(message("a"));
    const entry = await log.at(0, reading);
    expect(log.sentAt(0, entry as never)).toBe(true);
    await sent;
    expect(log.sentAt(0, entry as never)).toBe(false);
    expect(await take(log, 0)).toBe("a");
  });

  it("are not kept when the call cannot run again", async () => {
    const log = new RequestLog<string>();
    void log.add(message("a"));
    log.sentAt(0, (await log.at(0, reading)) as never);
    log.forget();
    expect(log.entries).toHaveLength(0);
    void log.add(message("b"));
    const entry = await log.at(1, reading);
    expect(entry?.outgoing.message).toBe("b");
    log.sentAt(1, entry as never);
    expect(log.entries).toHaveLength(0);
  });

  it("are refused when more than two wait", () => {
    const log = new RequestLog<string>();
    void log.add(message("a"));
    void log.add(message("b"));
    expect(() => log.add(message("c"))).toThrow("wait for the promise that send() returns");
  });

  it("fail those who wait when the call ends, and let readers go", async () => {
    const log = new RequestLog<string>();
    const waiting = log.add(message("a"));
    const reader = take(log, 1);
    log.end(new ConnectError("canceled", "over"));
    await expect(waiting).rejects.toThrow("over");
    expect(await reader).toBeUndefined();
    await expect(log.add(message("b"))).rejects.toThrow("send() after closeSend()");
  });

  it("are not waited for by an attempt that is over", async () => {
    const log = new RequestLog<string>();
    let open = true;
    const reader = log.at(0, () => open);
    open = false;
    log.wake();
    expect(await reader).toBeUndefined();
  });
});
