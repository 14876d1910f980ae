import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { SubscribeRequestSchema } from "../gen/bench/v1/bench_pb.js";
import { blobFrame, countedFrame, countFrame, eventChunks, eventFrame, nestedFrame, tinyFrame } from "./frames.js";
import { check, type Peer } from "./peer.js";

const responseHead = { ":status": 200, "content-type": "application/grpc+proto" };
const withTrailers = { waitForTrailers: true };

function respond(stream: http2.ServerHttp2Stream): void {
  stream.respond(responseHead, withTrailers);
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
}

async function writeEvents(stream: http2.Http2Stream, count: number): Promise<void> {
  for (const chunk of eventChunks(count)) if (!stream.write(chunk)) await once(stream, "drain");
}

/** Sends the same bytes as RPCs would, prepared, and looks at none of them. */
function answer(stream: http2.ServerHttp2Stream, path: string): void {
  const chunks: Buffer[] = [];
  let length = 0;
  switch (path) {
    case "/bench.v1.BenchService/Chat":
      respond(stream);
      stream.on("data", (chunk: Buffer) => stream.write(chunk));
      stream.on("end", () => stream.end());
      break;
    case "/bench.v1.BenchService/Publish":
      stream.on("data", (chunk: Buffer) => {
        length += chunk.length;
      });
      stream.on("end", () => {
        respond(stream);
        stream.end(countedFrame(length / eventFrame.length));
      });
      break;
    case "/bench.v1.BenchService/Subscribe":
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", async () => {
        respond(stream);
        await writeEvents(stream, fromBinary(SubscribeRequestSchema, Buffer.concat(chunks).subarray(5)).count);
        stream.end();
      });
      break;
    default:
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        respond(stream);
        stream.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
      });
  }
}

export const rawH2: Peer = {
  async serve({ tls }) {
    const server = tls ? http2.createSecureServer(tls) : http2.createServer();
    server.on("stream", (stream, headers) => {
      // Peers break streams off.
      stream.on("error", () => undefined);
      answer(stream, headers[":path"] as string);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },

  connect({ tls }, port) {
    const session = tls
      ? http2.connect(`https://127.0.0.1:${port}`, { ca: tls.ca, servername: "localhost" })
      : http2.connect(`http://127.0.0.1:${port}`);
    // Its calls fail too.
    session.on("error", () => {});
    const request = (method: string): http2.ClientHttp2Stream =>
      session.request({
        ":method": "POST",
        ":path": `/bench.v1.BenchService/${method}`,
        "content-type": "application/grpc+proto",
        te: "trailers",
        "user-agent": "bare-transport",
        "grpc-accept-encoding": "gzip",
      });
    const exchange = (method: string, send: (stream: http2.ClientHttp2Stream) => unknown): Promise<number> =>
      new Promise((resolve, reject) => {
        const stream = request(method);
        let length = 0;
        let status: unknown;
        stream.on("data", (chunk: Buffer) => {
          length += chunk.length;
        });
        stream.on("trailers", (trailers) => {
          status = trailers["grpc-status"];
        });
        stream.on("end", () => (status === "0" ? resolve(length) : reject(new Error(`status ${status}`))));
        stream.on("error", reject);
        send(stream);
      });
    const unary = async (method: string, frame: Buffer): Promise<void> => {
      check((await exchange(method, (stream) => stream.end(frame))) === frame.length);
    };
    return {
      tiny: () => unary("Tiny", tinyFrame),
      nested: () => unary("Nested", nestedFrame),
      blob: () => unary("Blob", blobFrame),
      async subscribe(count) {
        const length = await exchange("Subscribe", (stream) => stream.end(countFrame(count)));
        check(length === count * eventFrame.length);
      },
      async publish(count) {
        const length = await exchange("Publish", async (stream) => {
          await writeEvents(stream, count);
          stream.end();
        });
        check(length === countedFrame(count).length);
      },
      async chat(count) {
        let answers = 0;
        await exchange("Chat", (stream) => {
          stream.on("data", () => {
            answers++;
            if (answers < count) stream.write(eventFrame);
            else stream.end();
          });
          stream.write(eventFrame);
        });
        check(answers === count);
      },
      async idle() {
        const stream = request("Chat");
        stream.write(eventFrame);
        await once(stream, "data");
      },
    };
  },
};
