import { describe, expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { MessageSender } from "./message-sender.js";
import type { Frame, FrameOptions } from "./outgoing-message.js";

function frame(size: number): Frame {
  return { options: { enveloped: true } as FrameOptions, bytes: new Uint8Array(5 + size), compressed: false, size };
}

describe("sending messages", () => {
  it("waits while the transport takes no more, and goes on when it does", async () => {
    let free = false;
    const written: number[] = [];
    const sender = new MessageSender((bytes) => {
      written.push(bytes.length);
      return free;
    });
    const wait = sender.send(frame(20_000));
    expect(written).toEqual([20_005]);
    expect(wait).toBeInstanceOf(Promise);
    let done = false;
    void wait?.then(() => {
      done = true;
    });
    await Promise.resolve();
    expect(done).toBe(false);
    free = true;
    sender.drained();
    await wait;
    expect(sender.send(frame(10))).toBeUndefined();
    expect([sender.messages, sender.bytes]).toEqual([2, 20_010]);
  });

  it("holds two messages of any size, or 256 KiB, and not more", () => {
    const small = new MessageSender(() => false);
    let accepted = 0;
    expect(() => {
      for (;;) {
        void small.send(frame(1000));
        accepted++;
      }
    }).toThrow(ConnectError);
    expect(accepted * 1005).toBeGreaterThan(200_000);
    expect(accepted * 1005).toBeLessThan(300_000);
    const large = new MessageSender(() => false);
    for (let i = 0; i < 2; i++) void large.send(frame(1 << 20));
    expect(() => large.send(frame(1 << 20))).toThrow(/wait for the promise/);
  });

  it("tells whoever waits that the call is over", async () => {
    const sender = new MessageSender(() => false);
    const wait = sender.send(frame(20_000));
    sender.stop(new ConnectError("unavailable"));
    await expect(wait).rejects.toMatchObject({ code: "unavailable" });
  });
});
