import type { Idempotency, Kind, Spec } from "../call/spec.js";
import type { Compression } from "../framing/compression.js";
import { HeaderMap } from "../http/header-map.js";
import { defaultHeaderLimits } from "../http/http-client.js";
import type { Codec } from "../message/codec.js";
import type { MessageCodec } from "../message/message-codec.js";
import { ConnectStreamExchange } from "../protocol/connect/client-stream.js";
import type {
  ClientExchange,
  ClientProtocol,
  ClientSetup,
  HandlerExchange,
  HandlerProtocol,
  HandlerSetup,
  ResponseBody,
} from "../protocol/protocol.js";

/** Protocols never look into messages: these codecs and compressions only have names. */
export const proto: Codec = namedCodec("proto", false);
export const json: Codec = namedCodec("json", true);
export const gzip: Compression = namedCompression("gzip");
export const br: Compression = namedCompression("br");

function namedCodec(name: string, text: boolean): Codec {
  return { name, text, encode: unused, decode: unused };
}

function namedCompression(name: string): Compression {
  return { name, compress: unused, decompress: unused };
}

function unused(): never {
  throw new Error("a protocol does no work on messages");
}

const message: MessageCodec = { typeName: "t.Msg", create: unused, toBinary: unused, fromBinary: unused };

export function spec(kind: Kind, idempotency: Idempotency = "unknown"): Spec {
  return {
    procedure: "/t.Service/Do",
    kind,
    idempotency,
    input: message,
    output: message,
    options: {},
    serviceOptions: {},
  };
}

/** Opens an exchange to `/t.Service/Do` in proto, without compression. */
export function openClient(protocol: ClientProtocol, kind: Kind, setup?: Partial<ClientSetup>): ClientExchange {
  return protocol.open({
    spec: spec(kind),
    path: "/t.Service/Do",
    codec: proto,
    headers: new HeaderMap(),
    timeoutMs: undefined,
    sendCompression: undefined,
    acceptCompression: [],
    headerLimits: defaultHeaderLimits,
    connectStream: (whole) => new ConnectStreamExchange(whole),
    ...setup,
  });
}

/** Lets a handler accept a POST with these headers; it serves proto and json, gzip and br. */
export function acceptPost(
  protocol: HandlerProtocol,
  kind: Kind,
  headers: { readonly [name: string]: string },
  setup?: Partial<HandlerSetup>,
): HandlerExchange | undefined {
  return protocol.accept(
    { method: "POST", query: "", headers: new HeaderMap(headers) },
    {
      spec: spec(kind),
      codecs: [proto, json],
      compressions: [gzip, br],
      ...setup,
    },
  );
}

/** The pairs of a map in their order. */
export function pairs(headers: HeaderMap | undefined): [string, string][] {
  const list = headers?.list ?? [];
  return list.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, list[i + 1] as string]] : []));
}

/** What became of a response, in a form to compare. */
export function bodyType(body: ResponseBody): string {
  if (body.type === "failed") return `failed: ${body.error.message}`;
  return body.compression === undefined ? body.type : `${body.type} in ${body.compression.name}`;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array | undefined): string {
  return new TextDecoder().decode(data);
}
