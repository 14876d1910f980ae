// Streams of large messages, with our server and client. Programs load it that measure windows, and no others.
import { grpc } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { Flow, FlowWindow } from "./commands.js";
import { median } from "./median.js";
import { check } from "./peers/peer.js";
import { createFlowServiceClient, createFlowServiceHandler } from "./with-codecs/gen/bench/v1/flow_connect.js";

const data = new Uint8Array(65_536).map((_, i) => i * 31);

/** What a stream's receiver saw, in milliseconds. */
interface Arrival {
  readonly bytes: number;
  /** From the arrival of the first half to that of the second. */
  readonly secondHalfMs: number;
}

async function arrival(messages: AsyncIterable<{ readonly data: Uint8Array }>, expected: number): Promise<Arrival> {
  let bytes = 0;
  let halfAt = 0;
  for await (const message of messages) {
    bytes += message.data.length;
    if (halfAt === 0 && bytes * 2 >= expected) halfAt = performance.now();
  }
  return { bytes, secondHalfMs: performance.now() - halfAt };
}

/** Gives the port. */
export async function serveFlow({ windowBytes }: FlowWindow, uploadBytes: number): Promise<number> {
  const server = await serve({
    handlers: createFlowServiceHandler({
      async *download({ bytes }) {
        for (let sent = 0; sent < bytes; sent += data.length) yield { data };
      },
      async upload(requests) {
        const { bytes, secondHalfMs } = await arrival(requests, uploadBytes);
        check(bytes === uploadBytes);
        return { secondHalfMs };
      },
    }),
    host: "127.0.0.1",
    // Half of it is the most that one stream gets.
    connectionWindowBytes: 2 * windowBytes,
  });
  return server.port;
}

/** Times of a stream, in milliseconds. */
export interface FlowTimes {
  /** Of a small call before it. */
  readonly roundTripMs: number;
  readonly wholeMs: number;
  readonly secondHalfMs: number;
}

async function roundTrip(call: () => Promise<void>): Promise<number> {
  // It opens the connection.
  await call();
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const begun = performance.now();
    await call();
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** One stream on a connection of its own. */
export async function runFlow({ direction, bytes, port, windowBytes }: Flow): Promise<FlowTimes> {
  const transport = createNodeTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    protocol: grpc(),
    http: "2",
    streamWindowBytes: windowBytes,
    connectionWindowBytes: 2 * windowBytes,
  });
  const client = createFlowServiceClient(transport);
  try {
    const roundTripMs = await roundTrip(async () => {
      for await (const _ of client.download({ bytes: 0 })) check(false);
    });
    const begun = performance.now();
    if (direction === "upload") {
      const call = client.upload();
      for (let sent = 0; sent < bytes; sent += data.length) await call.send({ data });
      call.closeSend();
      const { secondHalfMs } = (await call.response).message;
      return { roundTripMs, wholeMs: performance.now() - begun, secondHalfMs };
    }
    const arrived = await arrival(client.download({ bytes }), bytes);
    check(arrived.bytes === bytes);
    return { roundTripMs, wholeMs: performance.now() - begun, secondHalfMs: arrived.secondHalfMs };
  } finally {
    transport.close?.();
  }
}
