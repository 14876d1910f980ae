// A file of its own: what a request over HTTP/1.1 is refused for before anybody looks at it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ConnectError } from "../../error/connect-error.js";
import { fieldBytes, headerBytes } from "../../http/header-size.js";
import { afterInBackground, cancel } from "../../time.js";
import { isAnswering } from "../platform/http-server.js";
import { lingerAfterResponse } from "./linger.js";
import type { ServeLimits } from "./options.js";
import { writeError } from "./write-error.js";

/** What is too much in the head of an HTTP/1.1 request, counted as HTTP/2 would; `undefined` when nothing is. */
export function headExcess(
  { method = "", url = "", rawHeaders }: IncomingMessage,
  { maxHeaderBytes, maxHeaderPairs }: ServeLimits,
): string | undefined {
  const line = [":method", method, ":scheme", "http", ":path", url];
  const bytes = headerBytes(line) + headerBytes(rawHeaders);
  const pairs = rawHeaders.length / 2;
  if (bytes <= maxHeaderBytes && pairs <= maxHeaderPairs) return undefined;
  if (bytes <= maxHeaderBytes) return `${pairs} fields, and ${maxHeaderPairs} are allowed (maxHeaderPairs)`;
  const all = [...line, ...rawHeaders];
  let largest = 0;
  for (let i = 2; i < all.length; i += 2) if (fieldBytes(all, i) > fieldBytes(all, largest)) largest = i;
  return `${bytes} bytes, and ${maxHeaderBytes} are allowed (maxHeaderBytes): the largest field is ${JSON.stringify(all[largest])}`;
}

/** Answers a request whose head is too large: an RPC in its own protocol. The connection ends, with what is left of the request. */
export function refuseHead(request: IncomingMessage, response: ServerResponse, excess: string): void {
  response.setHeader("connection", "close");
  const error = new ConnectError("resource_exhausted", `the request's headers have ${excess}`);
  if (!writeError(request, response, error)) response.writeHead(431).end();
  if (!request.complete) lingerAfterResponse(request);
}

/** What Node answers when it makes no request of what came. */
const refusals: ReadonlyMap<unknown, string> = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", "413 Payload Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);
/** How long the connection stays for the client to read the answer, in milliseconds. */
const lingerMs = 1_000;

/**
 * Answers bytes of which Node makes no request, as it does itself. A head that is too large even for Node has no protocol that
 * anybody read: it is refused in Connect's words and in gRPC's, and as a Connect stream where the bytes at hand say that it is one.
 */
export function refuseBytes(socket: Socket, error: Error, limits: ServeLimits): void {
  const { code, rawPacket } = error as { readonly code?: unknown; readonly rawPacket?: Uint8Array };
  if (!socket.writable || isAnswering(socket)) {
    if (!socket.writableEnded) socket.destroy(error);
    return;
  }
  const closing = "Connection: close\r\n";
  const head = `HTTP/1.1 ${refusals.get(code) ?? "400 Bad Request"}\r\n${closing}`;
  if (code !== "HPE_HEADER_OVERFLOW") {
    endSlowly(socket, `${head}\r\n`);
    return;
  }
  const { maxHeaderBytes } = limits;
  const message = `the request's headers have more than ${2 * maxHeaderBytes} bytes, and ${maxHeaderBytes} are allowed (maxHeaderBytes)`;
  const answer = { code: "resource_exhausted", message };
  const type = connectStreamType(rawPacket);
  if (type !== undefined) {
    const end = endOfStream({ error: answer });
    const head = `HTTP/1.1 200 OK\r\n${closing}Content-Type: ${type}\r\nContent-Length: ${end.length}\r\n\r\n`;
    endSlowly(socket, Buffer.concat([Buffer.from(head), end]));
    return;
  }
  const body = JSON.stringify(answer);
  const fields = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nGrpc-Status: 8\r\nGrpc-Message: ${message}\r\n`;
  endSlowly(socket, `${head}${fields}\r\n${body}`);
}

/** To close it with bytes unread would reset it, and take the answer from the client (RFC 9112 section 9.6). */
function endSlowly(socket: Socket, answer: string | Uint8Array): void {
  socket.end(answer);
  const timer = afterInBackground(lingerMs, () => socket.destroy());
  socket.once("close", () => cancel(timer));
}

/**
 * The content type of a Connect stream, if the bytes have it that Node read last: those are the whole head, or a part of it. Such a
 * stream takes its errors out of its last envelope, and none out of an HTTP status.
 */
function connectStreamType(bytes: Uint8Array | undefined): string | undefined {
  const text = Buffer.from(bytes ?? []).toString("latin1");
  return /\r\ncontent-type: ?(application\/connect\+[a-z]{1,20})\r\n/i.exec(text)?.[1];
}

function endOfStream(end: object): Buffer {
  const json = Buffer.from(JSON.stringify(end));
  const envelope = Buffer.alloc(5);
  envelope[0] = 2;
  envelope.writeUInt32BE(json.length, 1);
  return Buffer.concat([envelope, json]);
}
