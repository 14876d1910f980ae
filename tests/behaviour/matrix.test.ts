import { create, createRegistry } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { binary, type Codec, type Compression, ConnectError, json } from "@connect-ts/runtime";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  createPingServiceClient,
  createPingServiceHandler,
  type PingServiceClient,
} from "../gen/src/ping/v1/ping_connect.js";
import { FailDetailSchema } from "../gen/src/ping/v1/ping_pb.js";
import { compressions, type Pair, type Protocol, pairs, protocols, type Running } from "./pairs.js";
import { echoHeader, echoTrailer, pingService } from "./ping-service.js";

const registry = createRegistry(FailDetailSchema);
const codecs: readonly Codec[] = [binary(), json({ registry })];
const long = "all work and no play ".repeat(400);

describe.each(pairs)("$name", (pair) => {
  let running: Running;
  beforeAll(async () => {
    running = await pair.start(createPingServiceHandler(pingService()), { compressions, compressMinBytes: 0, codecs });
  });
  afterAll(() => running.close());

  for (const protocol of pair.protocols) {
    for (const codec of codecs) {
      for (const compression of [undefined, ...compressions]) {
        describe(`${protocol}, ${codec.name}, ${compression?.name ?? "identity"}`, () => {
          kindsWork(pair, () => running, protocol, codec, compression);
        });
      }
    }
  }
});

/** What holds for every combination of transport, protocol, codec and compression. */
function kindsWork(
  pair: Pair,
  running: () => Running,
  protocol: Protocol,
  codec: Codec,
  compression: Compression | undefined,
): void {
  let client: PingServiceClient;
  beforeAll(() => {
    client = createPingServiceClient(
      running().transport({
        protocol: protocols[protocol](),
        codec,
        compressMinBytes: 0,
        acceptCompression: compression === undefined ? [] : [compression],
        ...(compression === undefined ? {} : { sendCompression: compression }),
      }),
    );
  });
  const metadata = { [echoHeader]: "you said", [echoTrailer]: "AQID" };

  it("a unary call brings its message, headers and trailers back", async () => {
    const detail = anyPack(FailDetailSchema, create(FailDetailSchema, { reason: "none" }));
    const request = { number: 2n ** 60n, text: long, data: new Uint8Array([0, 255, 1]), any: detail };
    const { message, headers, trailers, peer } = await client.ping(request, { headers: metadata }).response;
    expect(message).toMatchObject(request);
    expect(headers.get(echoHeader)).toBe("you said");
    expect(trailers.getBinary(echoTrailer)).toEqual(new Uint8Array([1, 2, 3]));
    expect(peer.protocol).toBe(protocol);
  });

  it("an empty message is a message", async () => {
    expect(await client.ping({})).toMatchObject({ number: 0n, text: "" });
  });

  it("an error brings its code, message, details and metadata", async () => {
    const error = await rejection(client.fail({ code: 9, message: "später \t%", detail: "because" }));
    expect(error).toMatchObject({ code: "failed_precondition", rawMessage: "später \t%", isRemote: true });
    expect(error.findDetails(FailDetailSchema)).toMatchObject([{ reason: "because" }]);
    expect(error.metadata.get("x-reason")).toBe("asked-for");
  });

  it("a client stream is added up, from an iterable", async () => {
    const { message, headers, trailers } = await client.sum(numbers(100), { headers: metadata }).response;
    expect(message.sum).toBe(5050n);
    expect(headers.get(echoHeader)).toBe("you said");
    expect(trailers.getBinary(echoTrailer)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("a client stream is added up, message by message", async () => {
    const stream = client.sum();
    for (const request of numbers(3)) await stream.send(request);
    stream.closeSend();
    expect((await stream.response).message.sum).toBe(6n);
  });

  it("a client stream without messages has an answer", async () => {
    expect((await client.sum([])).sum).toBe(0n);
  });

  it("a server stream comes in order, between its headers and trailers", async () => {
    const stream = client.countUp({ number: 200n }, { headers: metadata });
    expect((await stream.headers).get(echoHeader)).toBe("you said");
    expect(await collect(stream)).toEqual(Array.from({ length: 200 }, (_, i) => BigInt(i + 1)));
    expect((await stream.trailers).getBinary(echoTrailer)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("a server stream without messages ends well", async () => {
    expect(await collect(client.countUp({ number: 0n }))).toEqual([]);
  });

  it("a server stream that fails gives its messages first", async () => {
    const got: bigint[] = [];
    const error = await rejection(
      (async () => {
        for await (const { number } of client.countUp({ number: 3n, failCode: 11 })) got.push(number);
      })(),
    );
    expect(got).toEqual([1n, 2n, 3n]);
    expect(error).toMatchObject({ code: "out_of_range", rawMessage: "counted far enough" });
  });

  it("a bidirectional stream answers all that it is given", async () => {
    const sums: bigint[] = [];
    for await (const { sum } of client.cumSum(numbers(50))) sums.push(sum);
    expect(sums).toHaveLength(50);
    expect(sums.at(-1)).toBe(1275n);
  });

  if (pair.fullDuplex) {
    it("a bidirectional stream is a conversation", async () => {
      const stream = client.cumSum();
      const answers = stream[Symbol.asyncIterator]();
      for (const request of numbers(5)) {
        await stream.send(request);
        expect((await answers.next()).value?.sum).toBe((request.number * (request.number + 1n)) / 2n);
      }
      stream.closeSend();
      expect((await answers.next()).done).toBe(true);
    });
  }
}

function* numbers(count: number): Generator<{ number: bigint }> {
  for (let i = 1; i <= count; i++) yield { number: BigInt(i) };
}

async function collect(stream: AsyncIterable<{ readonly number: bigint }>): Promise<bigint[]> {
  const all: bigint[] = [];
  for await (const { number } of stream) all.push(number);
  return all;
}

async function rejection(promise: PromiseLike<unknown>): Promise<ConnectError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}
