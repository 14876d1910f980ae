// A file of its own: what a request over HTTP/1.1 is refused for before anybody looks at it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { ConnectError } from "../../error/connect-error.js";
import { fieldBytes, headerBytes } from "../../http/header-size.js";
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
}
