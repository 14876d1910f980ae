import { once } from "node:events";
import net, { type Socket } from "node:net";
import { type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHealth, type Health } from "./index.js";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");

/**
 * What Kubernetes' kubelet writes for a gRPC probe, byte by byte: it is grpc-go, with `user-agent: kube-probe/1.34 grpc-go/...`.
 * The authority is 127.0.0.1:33929; grpc-go compresses its headers, and gives the service in the message alone.
 */
const hello = bytes("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a 000000040000000000");
const settingsAck = bytes("000000040100000000");
const headers = bytes(`
  000068010400000001
  83864595626b2b22f394742675fb857c651d099d8bd3949d7f418b089d5c0b8170dc65c7c4ff5f8b1d75d0620d263d4c4d65
  647a96eb6c655abb0f19580aecb4a4d65645a63b015dd6d70f40027465864d833505b11f40899acac8b24d494f6a7f867df7df71ab7f
`);
/** grpc-go measures the connection by a PING after the first DATA that it gets. */
const ping = bytes("0000080600000000000 2041010090e0707");
const goaway = bytes("000021070000000000 0000000100000000 636c69656e74207472616e73706f72742073687574646f776e");

/** DATA with END_STREAM: a HealthCheckRequest. */
function request(service: string): Buffer {
  const message = service === "" ? [] : [0x0a, service.length, ...Buffer.from(service)];
  return Buffer.from([0, 0, message.length + 5, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, message.length, ...message]);
}

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly payload: string;
}

/** Reads frames, without an HTTP/2 stack of any kind. */
class Frames {
  readonly all: Frame[] = [];
  rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.rest = Buffer.concat([this.rest, chunk]);
      while (this.rest.length >= 9 && this.rest.length >= 9 + this.rest.readUIntBE(0, 3)) {
        const end = 9 + this.rest.readUIntBE(0, 3);
        const [type = 0, flags = 0] = this.rest.subarray(3, 5);
        this.all.push({ type, flags, payload: this.rest.subarray(9, end).toString("hex") });
        this.rest = this.rest.subarray(end);
      }
    });
  }

  async find(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (let i = 0; i < 400; i++) {
      const found = this.all.find(wanted);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no such frame came: ${JSON.stringify(this.all)}`);
  }
}

const isEnd = ({ type, flags }: Frame): boolean => type === 1 && (flags & 1) === 1;
/** `grpc-status`, in Huffman's code, and a number of one digit. */
const grpcStatus = (code: number): string => `9acac8b21234da8f01${(0x30 + code).toString(16)}`;

let health: Health;
let server: Server;
beforeEach(async () => {
  health = createHealth();
  health.set("acme.v1.Shop", "not_serving");
  server = await serve({ handlers: [health.handler], host: "127.0.0.1" });
});
afterEach(() => server.close());

/** Replays a probe, and gives what the server answered: its message if there is one, and the block of its trailers. */
async function probe(service: string, cut = (all: Buffer): Buffer[] => [all]) {
  const socket = net.connect(server.port, "127.0.0.1");
  const frames = new Frames(socket);
  const closed = once(socket, "close");
  const write = (...pieces: Buffer[]): void => {
    for (const piece of cut(Buffer.concat(pieces))) socket.write(piece);
  };
  write(hello);
  await frames.find(({ type, flags }) => type === 4 && flags === 0);
  write(settingsAck, headers, request(service));
  const trailers = await frames.find(isEnd);
  write(settingsAck, ping);
  const pong = await frames.find(({ type, flags }) => type === 6 && flags === 1);
  write(goaway);
  socket.end();
  await closed;
  return {
    message: frames.all.find(({ type }) => type === 0)?.payload,
    trailers: trailers.payload,
    pong: pong.payload,
  };
}

describe("Kubernetes' probe, as it is on the wire", () => {
  it.each([
    ["", "0000000002" + "0801", 0],
    ["grpc.health.v1.Health", "0000000002" + "0801", 0],
    ["acme.v1.Shop", "0000000002" + "0802", 0],
    ["acme.v1.Zoo", undefined, 5],
  ])("of %p", async (service, message, status) => {
    const answer = await probe(service);
    expect(answer.message).toBe(message);
    expect(answer.trailers).toContain(grpcStatus(status));
    expect(answer.pong).toBe("02041010090e0707");
  });

  it("in single bytes", async () => {
    const { message } = await probe("", (all) => Array.from(all, (_, index) => all.subarray(index, index + 1)));
    expect(message).toBe("00000000020801");
  });

  it("of a server that drains", async () => {
    const drained = server.drain({ noticeMs: 60_000 });
    expect((await probe("")).message).toBe("00000000020802");
    await server.close();
    await drained;
  });
});
