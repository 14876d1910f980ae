import { gunzipSync, gzipSync } from "node:zlib";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Code } from "@connect-ts/runtime";
import { runCommand } from "./command.js";
import { headerFlags, headerLines, killed } from "./json-command.js";
import type { Call, Client, ClientPeer, Outcome, Wire } from "./peer.js";

/** curl, with nothing but what a person would type: it knows no RPCs. */
export function curl(): ClientPeer {
  return {
    name: "curl",
    lacks: {},
    deadlineMs: 500,
    open: async (url, wire, compress): Promise<Client> => ({
      call: (call) => {
        const unary = call.method === "Ping" || call.method === "Fail";
        return unary ? callUnary(url, wire, compress, call) : callStream(url, wire, compress, call);
      },
      close: async () => {},
    }),
    close: async () => {},
  };
}

/** What curl printed with `--include`. */
export interface CurlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function parseResponse(output: Buffer): CurlResponse {
  const end = output.indexOf("\r\n\r\n");
  const [first = "", ...lines] = output.subarray(0, end).toString("latin1").split("\r\n");
  return { status: Number(first.split(" ")[1]), headers: headerLines(lines), body: output.subarray(end + 4) };
}

function flags({ http }: Wire, call: Call): string[] {
  return [
    ...["--silent", "--show-error", "--include", "--no-buffer"],
    http === "2" ? "--http2-prior-knowledge" : "--http1.1",
    // Otherwise the answer to a long request begins with 100 Continue.
    ...["-H", "Expect:"],
    ...headerFlags(call),
    ...(call.timeoutMs === undefined ? [] : ["-H", `Connect-Timeout-Ms: ${call.timeoutMs}`]),
  ];
}

/**
 * curl 7.88 waits for ever over HTTP/2 when a response ended before it had sent its request to the end, as that of an error
 * may. All of it has been printed by then.
 */
export const quietMs = 5000;

/** `curl --json '{}' http://.../ping.v1.PingService/Ping`, in the words of older versions. */
async function callUnary(url: string, wire: Wire, compress: boolean, call: Call): Promise<Outcome> {
  const args = [
    ...flags(wire, call),
    ...["-H", "Content-Type: application/json"],
    ...(compress ? ["--compressed", "-H", "Content-Encoding: gzip"] : []),
    ...["--data-binary", "@-"],
    `${url}/ping.v1.PingService/${call.method}`,
  ];
  const running = runCommand("curl", args, { signal: call.signal, quietMs });
  const json = JSON.stringify(call.requests[0]);
  running.write(compress ? gzipSync(json) : json);
  running.endInput();
  const { stdout, stderr } = await running.ended;
  if (call.signal?.aborted) return killed([]);
  if (stdout.length === 0) throw new Error(`curl got nothing: ${stderr}`);
  const { status, headers: all, body } = parseResponse(stdout);
  const isTrailer = ([name]: readonly [string, string]) => name.startsWith("trailer-");
  const headers = Object.fromEntries(Object.entries(all).filter((header) => !isTrailer(header)));
  const trailers = Object.fromEntries(
    Object.entries(all)
      .filter(isTrailer)
      .map(([name, value]) => [name.slice(8), value]),
  );
  const data = JSON.parse(body.toString()) as JsonObject;
  if (status === 200) return { messages: [data], headers, trailers };
  return { messages: [], headers, trailers, error: readError(data) };
}

/** Envelopes in, envelopes out. */
async function callStream(url: string, wire: Wire, compress: boolean, call: Call): Promise<Outcome> {
  const encodings = ["-H", "Connect-Content-Encoding: gzip", "-H", "Connect-Accept-Encoding: gzip"];
  const args = [
    ...flags(wire, call),
    ...["-H", "Content-Type: application/connect+json"],
    ...(compress ? encodings : []),
    // A dot is a standard input that curl does not wait for: it reads the response meanwhile.
    ...(call.interleave ? ["-X", "POST", "-T", "."] : ["--data-binary", "@-"]),
    `${url}/ping.v1.PingService/${call.method}`,
  ];
  let seen = 0;
  let sent = 0;
  const write = (message: JsonObject) => running.write(envelope(message, compress));
  const sendNext = () => {
    const request = call.requests[sent++];
    if (request !== undefined) write(request);
    else if (!call.leaveOpen) running.endInput();
  };
  const running = runCommand("curl", args, {
    signal: call.signal,
    onOutput: (all) => {
      if (!call.interleave && call.onMessage === undefined) return;
      const { length } = readEnvelopes(parseResponse(all).body).messages;
      for (; seen < length; seen++) {
        call.onMessage?.();
        if (call.interleave) sendNext();
      }
    },
  });
  if (call.interleave) sendNext();
  else {
    for (const request of call.requests) write(request);
    running.endInput();
  }
  // With its input open, curl does not notice that the response is complete: over HTTP/1.1 it needs its input's end,
  // over HTTP/2 the reset that a server sends a second after an early answer. An end in between leaves it waiting.
  const hangUp = call.leaveOpen && setTimeout(running.endInput, (call.timeoutMs ?? 5000) + 3000);
  const { stdout, stderr } = await running.ended;
  if (hangUp) clearTimeout(hangUp);
  const { headers, body } = parseResponse(stdout);
  const { messages, end } = readEnvelopes(body);
  if (call.signal?.aborted) return killed(messages);
  if (end === undefined) throw new Error(`curl got no end of the stream: ${stderr} ${body}`);
  const metadata = (end.metadata ?? {}) as Readonly<Record<string, readonly string[]>>;
  const trailers = headerLines(Object.entries(metadata).map(([name, values]) => `${name}: ${values.join(", ")}`));
  const error = end.error === undefined ? undefined : readError(end.error as JsonObject);
  return { messages, headers, trailers, error };
}

function envelope(message: JsonObject, compress: boolean): Buffer {
  const json = Buffer.from(JSON.stringify(message));
  const payload = compress ? gzipSync(json) : json;
  const head = Buffer.alloc(5);
  head[0] = compress ? 1 : 0;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

function readEnvelopes(body: Buffer): { readonly messages: JsonObject[]; readonly end: JsonObject | undefined } {
  const messages: JsonObject[] = [];
  let end: JsonObject | undefined;
  for (let at = 0; at + 5 <= body.length; ) {
    const flags = body[at] as number;
    const length = body.readUInt32BE(at + 1);
    const payload = body.subarray(at + 5, at + 5 + length);
    if (payload.length < length) break;
    const json = JSON.parse((flags & 1 ? gunzipSync(payload) : payload).toString()) as JsonObject;
    if (flags & 2) end = json;
    else messages.push(json);
    at += 5 + length;
  }
  return { messages, end };
}

interface ConnectJsonError {
  readonly code: Code;
  readonly message?: string;
  readonly details?: readonly { readonly debug?: { readonly reason?: string } }[];
}

function readError(json: JsonObject): NonNullable<Outcome["error"]> {
  const { code, message = "", details = [] } = json as unknown as ConnectJsonError;
  return { code, message, reasons: details.map(({ debug }) => debug?.reason ?? "") };
}
