import { setTimeout } from "node:timers/promises";
import type { Connection, Stream } from "./connection.js";
import { Setting } from "./frames.js";

/** What the server of a test case does. */
export interface ServerCase {
  readonly settings?: readonly (readonly [id: number, value: number])[];
  /** How many calls the client makes. */
  readonly calls: readonly number[];
  /** Answers a call with a message in its envelope. */
  respond(stream: Stream, response: Buffer, call: number): Promise<void>;
  /** Says what was wrong once the client is gone; `connections` are those that had calls. */
  problems?(connections: readonly Connection[]): string[];
}

async function answer(stream: Stream, response: Buffer, frameBytes?: number, paddingBytes?: number): Promise<void> {
  stream.headers();
  await stream.data(response, frameBytes, paddingBytes);
  stream.trailers();
}

async function ping(stream: Stream, response: Buffer): Promise<void> {
  const { connection } = stream;
  connection.ping();
  stream.headers();
  connection.ping();
  await stream.data(response);
  connection.ping();
  // Clients may leave once the call is over, and they are to be heard before.
  while (connection.outstandingPings.size > 0) await connection.news();
  stream.trailers();
}

/** The cases of https://github.com/grpc/grpc/blob/master/doc/http2-interop-test-descriptions.md */
export const serverCases: ReadonlyMap<string, ServerCase> = new Map<string, ServerCase>([
  [
    "goaway",
    {
      calls: [2],
      async respond(stream, response, call) {
        if (call === 1) stream.connection.goaway(stream.id);
        await answer(stream, response);
      },
      problems: ({ length }) => (length === 2 ? [] : [`${length} connections instead of 2`]),
    },
  ],
  [
    "rst_after_header",
    {
      calls: [1],
      async respond(stream) {
        stream.headers();
        stream.reset();
      },
    },
  ],
  [
    "rst_during_data",
    {
      calls: [1],
      async respond(stream, response) {
        stream.headers();
        await stream.data(response.subarray(0, response.length / 2));
        stream.reset();
      },
    },
  ],
  [
    "rst_after_data",
    {
      calls: [1],
      async respond(stream, response) {
        stream.headers();
        await stream.data(response);
        stream.reset();
      },
    },
  ],
  [
    "ping",
    {
      calls: [1],
      respond: ping,
      problems: (connections) =>
        connections.some(({ outstandingPings }) => outstandingPings.size > 0) ? ["pings were not acknowledged"] : [],
    },
  ],
  [
    "max_streams",
    {
      // grpc-go's client makes more calls than the document says.
      calls: [11, 16],
      settings: [[Setting.maxConcurrentStreams, 1]],
      async respond(stream, response) {
        // Time for a client that breaks the limit to do so.
        await setTimeout(20);
        await answer(stream, response);
      },
      problems: (connections) =>
        connections.some(({ mostStreams }) => mostStreams > 1) ? ["more than one stream at a time"] : [],
    },
  ],
  ["data_frame_padding", { calls: [1], respond: (stream, response) => answer(stream, response, 5, 255) }],
  ["no_df_padding_sanity_test", { calls: [1], respond: (stream, response) => answer(stream, response, 5) }],
]);
