import { describe, expect, test } from "@jest/globals";
import { frame } from "../testing/http2-frames.js";
import { bytesOf, Pair, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { serverWire } from "../testing/http2-wire.js";
import { ErrorCode } from "./frame/codes.js";

/** Answers each request with its own body, when it is complete. */
function echo(): RecordedStream {
  const parts: Uint8Array[] = [];
  return new RecordedStream({
    onData(bytes) {
      parts.push(bytes);
    },
    onEnd(this: RecordedStream) {
      this.sendHead(responseFields);
      for (const part of parts) this.sendData(part);
      this.sendEnd(undefined, ["grpc-status", "0"]);
    },
  });
}

describe("a client's and a server's connection", () => {
  test("a request and its response go with head, body and trailers", () => {
    const pair = new Pair();
    pair.serverHost.onRequest = echo;
    const call = pair.request();
    call.sendEnd(bytesOf("hello"));
    pair.run();
    const [served] = pair.serverHost.streams;
    expect(served?.head?.path).toBe("/eliza.v1.ElizaService/Say");
    expect(served?.events).toEqual(["head", "data", "end", "close"]);
    expect(call.events).toEqual(["head", "data", "end", "close"]);
    expect(call.head?.status).toBe(200);
    expect(call.head?.headers).toEqual(["content-type", "application/grpc"]);
    expect(call.body).toEqual([...bytesOf("hello")]);
    expect(call.trailers).toEqual(["grpc-status", "0"]);
    expect(pair.client.openStreams + pair.server.openStreams).toBe(0);
  });

  test.each([0, 1, 16_383, 16_384, 65_535, 65_536, 65_537, 1 << 20, 20 << 20])(
    "a body of %d bytes comes back",
    (size) => {
      const pair = new Pair();
      pair.serverHost.onRequest = echo;
      const call = pair.request();
      call.sendEnd(new Uint8Array(size));
      pair.run();
      expect(call.bodyBytes).toBe(size);
      expect(call.events.at(-1)).toBe("close");
    },
  );

  test("many calls at once do not mix", () => {
    const pair = new Pair();
    pair.serverHost.onRequest = echo;
    const calls = Array.from({ length: 3000 }, (_, i) => {
      const call = pair.request();
      call.sendEnd(bytesOf(`call ${i}`));
      return call;
    });
    pair.run();
    expect(calls.map((call) => String.fromCharCode(...call.body))).toEqual(calls.map((_, i) => `call ${i}`));
  });

  test("a cancelled request is told to the server by its code", () => {
    const pair = new Pair();
    const call = pair.request();
    pair.run();
    call.reset(ErrorCode.cancel);
    pair.run();
    expect(call.events).toEqual(["close"]);
    expect(pair.serverHost.streams[0]?.events).toEqual(["head", "reset 8 by peer", "close"]);
  });

  test("a drain lets requests finish that were on their way, and sends others elsewhere", () => {
    const pair = new Pair();
    pair.serverHost.onRequest = echo;
    pair.run();
    pair.server.shutdown();
    const onItsWay = pair.request(requestFields, true);
    pair.run();
    expect(onItsWay.events).toEqual(["head", "end", "close"]);
    expect(pair.clientHost.events).toEqual(["settings", "goaway 0 2147483647", "closed 0 by peer"]);
    expect(pair.client.request(new RecordedStream(), requestFields)?.reason).toBe("closed");
    // It stays until the client has gone, which has read its answer then.
    expect(pair.serverHost.events).toEqual(["settings"]);
    pair.server.peerEnded();
    expect(pair.serverHost.events).toEqual(["settings", "closed 0 by transport"]);
  });

  test("a client may use a table of the protocol's size until it has heard of a smaller one, and then no larger one", () => {
    const early = new Pair({ headerTableBytes: 100 }, { headerTableBytes: 0 });
    early.serverHost.onRequest = echo;
    const requests = [early.request(requestFields, true), early.request(requestFields, true)];
    early.run();
    expect(requests.map(({ head }) => head?.status)).toEqual([200, 200]);
    requests.push(early.request(requestFields, true));
    early.run();
    expect(requests[2]?.head?.status).toBe(200);

    const late = serverWire({ headerTableBytes: 0 });
    late.send(frame(1, 4, 1, [0x3f, 100 - 31, 0x82]));
    expect(late.lines()).toEqual(["GOAWAY 0 COMPRESSION_ERROR: a table of 100 bytes, above the announced 0"]);
  });

  test("a lost transport ends every stream, and knows what never left", () => {
    const pair = new Pair();
    const sent = pair.request();
    pair.run();
    const kept = pair.request();
    pair.client.transportLost(new Error("gone"));
    expect(sent.events).toEqual(["reset 0 by connection", "close"]);
    expect(kept.events).toEqual(["reset 0 by connection, unprocessed", "close"]);
    expect(pair.clientHost.events.at(-1)).toBe("closed 0 by transport");
  });
});
