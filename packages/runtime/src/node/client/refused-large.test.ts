import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { StringValue } from "@bufbuild/protobuf/wkt";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import { bindClient } from "../../client/bind-client.js";
import { grpc } from "../../protocol/grpc/client.js";
import { readAll, specOfKind } from "../../testing/client-fixtures.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import {
  data,
  endStream,
  FrameType,
  field,
  frame,
  goaway,
  reset,
  responseHead,
  trailers,
  uint32,
  wireServer,
} from "../../testing/node/h2-wire.js";
import { createNodeTransport } from "./transport.js";

const onCleanup = useCleanup();
type Request = MessageInitShape<typeof StringValueSchema>;

type Refusal = (id: number) => Buffer;

/** A server that refuses the first request when all has come that its window allows, and takes all of the next. */
async function refuses(refusal: Refusal): Promise<{ readonly baseUrl: string; readonly bodies: Buffer[] }> {
  const bodies: Buffer[] = [];
  const server = await wireServer(({ type, id, flags, payload }, socket) => {
    if (type === FrameType.headers) bodies.push(Buffer.alloc(0));
    if (type !== FrameType.data) return;
    const body = Buffer.concat([bodies.pop() as Buffer, payload]);
    bodies.push(body);
    if (bodies.length === 1) {
      if (body.byteLength === 65_535) socket.write(Buffer.concat([credit(0, 65_535), refusal(id)]));
      return;
    }
    if (payload.byteLength > 0)
      socket.write(Buffer.concat([credit(0, payload.byteLength), credit(id, payload.byteLength)]));
    if ((flags & endStream) === 0) return;
    socket.write(responseHead(id, 0, field("content-type", "application/grpc")));
    socket.write(data(id, Buffer.alloc(5)));
    socket.write(trailers(id, field("grpc-status", "0")));
  });
  onCleanup(() => server.close());
  return { baseUrl: `http://127.0.0.1:${server.port}`, bodies };
}

const credit = (id: number, bytes: number): Buffer => frame(FrameType.windowUpdate, 0, id, uint32(bytes));

/** The messages of a body of gRPC. */
function messagesOf(body: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < body.byteLength; ) {
    const size = body.readUInt32BE(at + 1);
    messages.push(fromBinary(StringValueSchema, body.subarray(at + 5, at + 5 + size)).value);
    at += 5 + size;
  }
  return messages;
}

const many = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(40_000));
const one = ["a".repeat(300_000)];

describe.each([
  ["unary", one],
  ["server_streaming", one],
  ["client_streaming", one],
  ["client_streaming", many],
  ["bidi_streaming", one],
  ["bidi_streaming", many],
] as const)("a call with a large request that the server refuses unprocessed: %s", (kind, values) => {
  const requests = values.map((value): Request => ({ value }));
  const spec = specOfKind(kind);
  const callTo = async (baseUrl: string): Promise<StringValue[]> => {
    const transport = createNodeTransport({ baseUrl, protocol: grpc() });
    onCleanup(() => transport.close?.());
    const client = bindClient(transport);
    const [first = {}] = requests;
    if (kind === "unary") return [(await Promise.resolve(client.unary(spec)(first))) as StringValue];
    if (kind === "client_streaming")
      return [(await Promise.resolve(client.clientStreaming(spec)(requests))) as StringValue];
    const answers =
      kind === "server_streaming" ? client.serverStreaming(spec)(first) : client.bidiStreaming(spec)(requests);
    return (await readAll(answers)) as StringValue[];
  };

  it.each<[string, Refusal]>([
    ["by RST_STREAM", (id) => reset(id, 7)],
    ["by GOAWAY", () => goaway(0, 0)],
  ])("is sent again whole, when part of it still waited to be sent: %s", async (_, refusal) => {
    const { baseUrl, bodies } = await refuses(refusal);
    expect(await callTo(baseUrl)).toHaveLength(1);
    expect(bodies.slice(1).map(messagesOf)).toEqual([values]);
  });
});
