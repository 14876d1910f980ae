import { describe, expect, it } from "@jest/globals";
import type { Compression } from "../framing/compression.js";
import { HeaderMap } from "../http/header-map.js";
import type { HttpClientStream } from "../http/http-client.js";
import { grpc } from "../protocol/grpc/client.js";
import { specOfKind } from "../testing/client-fixtures.js";
import { bindClient } from "./bind-client.js";
import { createTransport } from "./protocol-transport.js";
import type { ClientStream } from "./types.js";

type Stream = ClientStream<{ readonly value: string }, unknown>;

/** Compressions that are under way, and what ends each. */
const waiting: (() => void)[] = [];
const slow: Compression = {
  name: "slow",
  compress: (bytes) =>
    new Promise((resolve) => {
      waiting.push(() => resolve(bytes.slice()));
    }),
  decompress: (bytes) => bytes,
};

/** A stream of requests, and what of it reached the network, in order: the values, and `"end"`. */
function open(options = {}): { readonly stream: Stream; readonly sent: string[] } {
  waiting.length = 0;
  const sent: string[] = [];
  const write = (bytes: Uint8Array | undefined): boolean => {
    const all = Buffer.from(bytes ?? []);
    // Envelopes of a StringValue: five bytes, tag, length, text.
    for (let at = 0; at < all.length; at += 5 + all.readUInt32BE(at + 1)) {
      sent.push(all.toString("utf8", at + 7, at + 7 + (all[at + 6] as number)));
    }
    return true;
  };
  const http = {
    flushHead: () => undefined,
    write,
    end(bytes?: Uint8Array) {
      write(bytes);
      sent.push("end");
    },
    pause: () => undefined,
    resume: () => undefined,
    cancel: () => undefined,
    remote: () => undefined,
    requestHeaders: new HeaderMap(),
  } as unknown as HttpClientStream;
  const transport = createTransport({
    baseUrl: "http://a.example",
    protocol: grpc(),
    sendCompression: slow,
    http: { origin: "http://a.example", request: () => http },
  });
  const make = bindClient(transport).clientStreaming(specOfKind("client_streaming"));
  return { stream: make(undefined, options) as unknown as Stream, sent };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

const late = () => new Promise((resolve) => setTimeout(resolve, 1));

describe("messages that are sent while one is being compressed", () => {
  it.each(Array.from({ length: 10 }, (_, count) => count))(
    "keep their order, also one that is sent %d turns after the compression",
    async (count) => {
      const { stream, sent } = open();
      const sends = [stream.send({ value: "1" }, { compress: true })];
      for (const value of ["2", "3"]) sends.push(stream.send({ value }, { compress: false }));
      waiting[0]?.();
      await turns(count);
      sends.push(stream.send({ value: "4" }, { compress: false }));
      await Promise.all(sends);
      stream.closeSend();
      await late();
      expect(sent).toEqual(["1", "2", "3", "4", "end"]);
      stream.cancel();
    },
  );

  it("are what they were when they were sent", async () => {
    const { stream, sent } = open();
    void stream.send({ value: "1" }, { compress: true });
    const message = { value: "2" };
    const sends = stream.send(message, { compress: false });
    message.value = "changed";
    waiting[0]?.();
    await sends;
    await late();
    expect(sent).toEqual(["1", "2"]);
    stream.cancel();
  });

  it("are the last ones after closeSend()", async () => {
    const { stream, sent } = open();
    const sends = [stream.send({ value: "1" }, { compress: true }), stream.send({ value: "2" }, { compress: false })];
    stream.closeSend();
    await expect(stream.send({ value: "3" })).rejects.toThrow("send() after closeSend()");
    waiting[0]?.();
    await Promise.all(sends);
    await late();
    expect(sent).toEqual(["1", "2", "end"]);
    stream.cancel();
  });

  it("are two of any size, or 256 KiB, and not more", async () => {
    const { stream } = open();
    const outcomes: Promise<string>[] = [];
    const send = (size: number): void => {
      const told = stream.send({ value: "x".repeat(size) }, { compress: true });
      outcomes.push(
        told.then(
          () => "sent",
          ({ message }: Error) => message,
        ),
      );
    };
    for (let i = 0; i < 2; i++) send(1 << 20);
    await late();
    expect(waiting).toHaveLength(1);
    send(1);
    expect(await outcomes[2]).toContain("messages are sent faster than the transport takes them");
    waiting[0]?.();
    expect(await Promise.all(outcomes.slice(0, 2))).toEqual([await outcomes[2], await outcomes[2]]);
  });
});

describe("messages whose compression never ends", () => {
  it.each([
    ["was canceled", "canceled", {}, (stream: Stream) => stream.cancel()],
    ["reached its deadline", "deadline_exceeded", { timeoutMs: 5 }, () => undefined],
  ])("are told the error of their call when that %s", async (_, code, options, end) => {
    const { stream } = open(options);
    const sends = [
      stream.send({ value: "1" }, { compress: true }),
      stream.send({ value: "2" }, { compress: true }),
      stream.send({ value: "3" }, { compress: false }),
    ];
    await late();
    end(stream);
    for (const sent of [...sends, stream.response]) await expect(sent).rejects.toMatchObject({ code });
    // What comes later is nobody's.
    for (const ended of waiting) ended();
    await late();
  });
});
