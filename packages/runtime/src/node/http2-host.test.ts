import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { ClientConnection, type ConnectionEnd, ServerConnection, type ServerHost } from "../http2/index.js";
import { concat } from "../testing/http2-frames.js";
import { bytesOf, RecordedHost, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { Http2Host } from "./http2-host.js";

/** A server's connection over a socket that writes down what is written. */
class Served extends Http2Host implements ServerHost {
  readonly connection: ServerConnection;
  readonly answer: (stream: RecordedStream) => void;
  readonly writes: Uint8Array[];

  constructor(answer: (stream: RecordedStream) => void) {
    const writes: Uint8Array[] = [];
    const write = (chunk: Uint8Array, _encoding: string, done: () => void): void => {
      writes.push(chunk);
      done();
    };
    super(new Duplex({ read() {}, write }) as unknown as Socket);
    this.writes = writes;
    this.answer = answer;
    this.connection = new ServerConnection(this, {});
    this.listen();
  }

  accept(): RecordedStream {
    const { answer } = this;
    return new RecordedStream({
      onEnd(this: RecordedStream) {
        answer(this);
      },
    });
  }

  ended(_end: ConnectionEnd): void {}
}

function respond(stream: RecordedStream): void {
  stream.sendHead(responseFields);
  stream.sendEnd(bytesOf("hello"));
}

/** What a client sends. */
class Caller {
  readonly connection: ClientConnection = new ClientConnection(new RecordedHost(), {});

  constructor(served: Served) {
    served.socket.emit("data", this.output());
    for (const chunk of served.connection.takeOutput()) this.connection.receive(chunk.slice());
    served.connection.written();
  }

  output(): Uint8Array {
    const bytes = concat(...this.connection.takeOutput());
    this.connection.written();
    return bytes;
  }

  requests(count: number, bodyBytes = 0): Uint8Array {
    for (let i = 0; i < count; i++) {
      const stream = new RecordedStream();
      this.connection.request(stream, requestFields, bodyBytes === 0);
      if (bodyBytes > 0) stream.sendEnd(new Uint8Array(bodyBytes));
    }
    return this.output();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** When all ticks and microtasks of this one are over. */
const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));

/** A connection that is set up and quiet. */
async function start(answer: (stream: RecordedStream) => void): Promise<{ served: Served; caller: Caller }> {
  const served = new Served(answer);
  const caller = new Caller(served);
  await turn();
  served.writes.length = 0;
  return { served, caller };
}

describe("when a connection writes", () => {
  test("what microtasks answer to one read goes in one write, at the end of its tick", async () => {
    const { served, caller } = await start((stream) => queueMicrotask(() => respond(stream)));
    served.socket.emit("data", caller.requests(8));
    await tick();
    expect(served.writes).toHaveLength(1);
    expect(served.connection.openStreams).toBe(0);
    await turn();
    expect(served.writes).toHaveLength(1);
  });

  test("what is answered later in a turn goes in one write, but for the first", async () => {
    const { served, caller } = await start((stream) => setImmediate(() => respond(stream)));
    served.socket.emit("data", caller.requests(8));
    await turn();
    await turn();
    expect(served.connection.openStreams).toBe(0);
    expect(served.writes).toHaveLength(2);
  });

  test("a PING in the same read does not part the write", async () => {
    const { served, caller } = await start((stream) => queueMicrotask(() => respond(stream)));
    caller.connection.ping();
    served.socket.emit("data", caller.requests(3));
    await turn();
    expect(served.writes).toHaveLength(1);
    expect(served.connection.openStreams).toBe(0);
  });

  test("a read that has others behind it waits for them", async () => {
    const { served, caller } = await start((stream) => queueMicrotask(() => respond(stream)));
    served.socket.emit("data", caller.requests(2, 10_000));
    await tick();
    expect(served.writes).toHaveLength(0);
    await turn();
    expect(served.writes).toHaveLength(1);
    expect(served.connection.openStreams).toBe(0);
  });
});
