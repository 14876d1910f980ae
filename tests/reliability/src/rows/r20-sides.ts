// Requests and responses, through all that is between a platform and a handler, or a caller.
import { ConnectError, connect, grpc, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport, fetchHandler } from "@connect-ts/runtime/fetch";
import { createPingServiceClient, createPingServiceHandler } from "../../../gen/src/ping/v1/ping_connect.js";
import { Ran, service } from "../harness/service.js";
import { envelope } from "../harness/wire.js";
import { Fault, piecesOf, same } from "./r20-input.js";

const protocols = { connect, grpc, "grpc-web": grpcWeb };
const paths = ["Ping", "Sum", "CountUp", "CumSum"] as const;
/** The protocol, the kind of call and the content type that the first byte of an input tells. */
const ways = [
  ...(["proto", "json"] as const).flatMap((codec) => [
    ["connect", "Ping", `application/${codec}`] as const,
    ...paths.slice(1).map((path) => ["connect", path, `application/connect+${codec}`] as const),
    ...paths.map((path) => ["grpc", path, `application/grpc+${codec}`] as const),
    ...paths.map((path) => ["grpc-web", path, `application/grpc-web+${codec}`] as const),
  ]),
  ...paths.map((path) => ["grpc-web", path, "application/grpc-web-text+proto"] as const),
];
const message = Buffer.from([0x08, 3]);
const trailers = (text: string): Buffer => envelope(Buffer.from(text), undefined, 0x80);
const status = "grpc-status: 5\r\ngrpc-message: a%20b\r\ngrpc-status-details-bin: CAUSAWE\r\nx-a: 1\r\nb-bin: AA\r\n";
const end =
  '{"error":{"code":"not_found","message":"m","details":[{"type":"a.B","value":"AAAA","debug":{}}]},"metadata":{"a":["b","c"],"d-bin":["AA"]}}';
const bodies: readonly Buffer[] = [
  message,
  Buffer.from('{"number":"3"}'),
  envelope(message),
  envelope(Buffer.from('{"number":"3"}')),
  Buffer.concat([envelope(message), trailers("grpc-status: 0\r\n")]),
  trailers(status),
  Buffer.concat([envelope(message), envelope(message), envelope(Buffer.from("{}"), undefined, 2)]),
  envelope(Buffer.from(end), undefined, 2),
  Buffer.from(Buffer.concat([envelope(message), trailers(status)]).toString("base64")),
];
const perWay = (parts: readonly (Buffer | string)[]): readonly Uint8Array[] =>
  ways.flatMap((_, way) => parts.map((part) => Buffer.concat([Buffer.from([way]), Buffer.from(part as Buffer)])));
/** Each body in each way. */
export const bodySeeds = perWay(bodies);
const largest = 10_000;

function wayOf(bytes: Uint8Array): (typeof ways)[number] {
  return ways[(bytes[0] ?? 0) % ways.length] as (typeof ways)[number];
}

/** How far text that is wrong somewhere was read before that is the matter of the pieces in which it comes. */
const dependsOnPieces = (type: string): boolean => type.includes("-text");

function streamOf(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const pieces = parts.values();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** Fields of a head, a line each: those that HTTP carries at all. */
function headersOf(text: string, given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(given);
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    try {
      headers.set(line.slice(0, colon), line.slice(colon + 1));
    } catch {
      // No platform lets it come.
    }
  }
  return headers;
}

const handler = fetchHandler([createPingServiceHandler(service(new Ran()))], {
  readMaxBytes: largest,
  // A request may ask its handler to wait.
  maxTimeoutMs: 200,
  onError: () => undefined,
});

/** What the server answers is whole, and says how the call ended. */
async function answerTo(path: string, init: RequestInit): Promise<string> {
  const response = await handler(
    new Request(`http://localhost/ping.v1.PingService/${path}`, { ...init, duplex: "half" } as RequestInit),
  );
  const reader = (response.body ?? new Blob([]).stream()).getReader();
  let length = 0;
  // A number of responses is what the input says: a few are enough.
  for (let part = await reader.read(); !part.done && length < largest; part = await reader.read())
    length += part.value.length;
  await reader.cancel();
  const code = response.headers.get("grpc-status") ?? "";
  // An error that nobody threw on purpose.
  if (response.status === 500 || code === "2") throw new Fault(`${path}: ${response.status} ${code}`);
  return `${path} ${response.status} ${code} ${Math.min(length, 3)}`;
}

export async function requestBody(bytes: Uint8Array): Promise<string> {
  const [protocol, path, type] = wayOf(bytes);
  const headers = { "content-type": type, ...(protocol === "grpc" && { te: "trailers" }) };
  const init = { method: "POST", headers };
  const body = bytes.subarray(1);
  const whole = await answerTo(path, { ...init, body: streamOf([body]) });
  if (!dependsOnPieces(type))
    same("in pieces", await answerTo(path, { ...init, body: streamOf(piecesOf(body)) }), whole);
  return `${type} ${whole}`;
}

export const requestHeadSeeds = perWay([
  "connect-protocol-version:1\nconnect-timeout-ms:1000\naccept-encoding:gzip;q=0.5,br\nx-a:b\nd-bin:AAAA",
  "grpc-timeout:10S\ngrpc-encoding:identity\ngrpc-accept-encoding:gzip\nte:trailers\nx-bin:AA==",
  "connect-content-encoding:gzip\ncontent-encoding:gzip\ncontent-type:application/proto; charset=utf-8",
]);

export async function requestHead(bytes: Uint8Array): Promise<string> {
  const [, path, type] = wayOf(bytes);
  const headers = headersOf(Buffer.from(bytes.subarray(1)).toString("latin1"), { "content-type": type });
  const body = path === "Ping" && !/connect|grpc/.test(type) ? message : envelope(message);
  return `${type} ${await answerTo(path, { method: "POST", headers, body: streamOf([body]) })}`;
}

export const querySeeds = [
  "connect=v1&encoding=json&base64=1&message=eyJudW1iZXIiOiIzIn0%3D",
  "encoding=proto&message=%08%03&compression=identity",
  "connect=v1&encoding=json&message=%7B%22text%22%3A+%22a%22%7D",
];

export function query(bytes: Uint8Array): Promise<string> {
  const text = Buffer.from(bytes).toString("latin1").replaceAll(/[#\s]/g, "");
  return answerTo(`Ping?${text}`, { method: "GET" }).then((answer) => answer.replace(/^\S*/, ""));
}

const clients = Object.fromEntries(
  Object.entries(protocols).map(([name, protocol]) => {
    let answer: () => Response = () => new Response();
    const fetch = async (): Promise<Response> => answer();
    const options = { baseUrl: "http://localhost", protocol: protocol(), fetch, readMaxBytes: largest };
    const client = createPingServiceClient(createFetchTransport(options as never));
    return [name, { client, set: (next: () => Response) => (answer = next) }];
  }),
);

/** The call ends, with messages or with an error of ours. */
async function endOf(protocol: string, path: (typeof paths)[number], answer: () => Response): Promise<string> {
  const { client, set } = clients[protocol] as (typeof clients)[string];
  set(answer);
  const options = { timeoutMs: 5000 };
  let count = 0;
  try {
    switch (path) {
      case "Ping":
        await client.ping({}, options);
        break;
      case "Sum":
        await client.sum([{ number: 1n }], options);
        break;
      case "CountUp":
        for await (const _ of client.countUp({}, options)) count++;
        break;
      case "CumSum":
        for await (const _ of client.cumSum([{ number: 1n }], options)) count++;
        break;
    }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw new Fault(`${path}: ${(error as Error).stack}`);
    return `${path} ${error.code} ${count} ${error.details.length}`;
  }
  return `${path} ok ${count}`;
}

export async function responseBody(bytes: Uint8Array): Promise<string> {
  const [protocol, path, type] = wayOf(bytes);
  const headers = { "content-type": type };
  const body = bytes.subarray(1);
  const whole = await endOf(protocol, path, () => new Response(streamOf([body]), { headers }));
  if (!dependsOnPieces(type))
    same("in pieces", await endOf(protocol, path, () => new Response(streamOf(piecesOf(body)), { headers })), whole);
  return `${type} ${whole}`;
}

export const responseHeadSeeds = perWay([
  "grpc-status:5\ngrpc-message:a%20b\ngrpc-status-details-bin:CAUSAWE\nx-a:b\nd-bin:AAAA",
  "content-encoding:gzip\ngrpc-encoding:gzip\nconnect-content-encoding:br\ntrailer-x-a:b",
  "content-type:text/html\nretry-after:5",
]);

export async function responseHead(bytes: Uint8Array): Promise<string> {
  const [protocol, path, type] = wayOf(bytes);
  const text = Buffer.from(bytes.subarray(1)).toString("latin1");
  const status = [200, 200, 404, 503][text.length % 4] as number;
  const answer = (): Response =>
    new Response(streamOf([message]), { status, headers: headersOf(text, { "content-type": type }) });
  return `${type} ${status} ${await endOf(protocol, path, answer)}`;
}
