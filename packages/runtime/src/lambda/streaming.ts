import { quiet } from "../http/awaitable.js";
import type { LambdaContext, LambdaEvent } from "./event.js";
import { headAsHttpApi } from "./result.js";

/** Node's Writable, as far as it is used here: this room knows no types of Node. */
export interface ResponseStream {
  write(bytes: Uint8Array | string): boolean;
  end(): void;
  once(event: "drain" | "close" | "error", listener: () => void): unknown;
}

/** The answer to an event, written to a stream. */
export type StreamingHandler = (event: LambdaEvent, stream: ResponseStream, context: LambdaContext) => Promise<void>;

/** What Lambda's runtime for Node puts into the global scope. */
export interface LambdaStreaming {
  streamifyResponse(handler: StreamingHandler): (event: LambdaEvent, context: LambdaContext) => Promise<never>;
  readonly HttpResponseStream: { from(stream: ResponseStream, head: object): ResponseStream };
}

/** The runtime's streaming, where there is one. */
export function platformStreaming(): LambdaStreaming | undefined {
  const { awslambda } = globalThis as { readonly awslambda?: Partial<LambdaStreaming> };
  return typeof awslambda?.streamifyResponse === "function" ? (awslambda as LambdaStreaming) : undefined;
}

/** Writes a response, no faster than the client reads. Resolves when all is written, or the client has left. */
export async function writeResponse(
  response: Response,
  given: ResponseStream,
  { HttpResponseStream }: LambdaStreaming,
): Promise<void> {
  const stream = HttpResponseStream.from(given, { statusCode: response.status, ...headAsHttpApi(response.headers) });
  const reader = response.body?.getReader();
  let wake = (): void => undefined;
  let gone = false;
  const left = (): void => {
    gone = true;
    // The call behind it learns that nobody reads.
    if (reader !== undefined) void quiet(reader.cancel());
    wake();
  };
  stream.once("close", left);
  stream.once("error", left);
  // The head goes with the first write, which a stream that has nothing to say yet would make late, and an empty body never.
  stream.write("");
  for (let read = await reader?.read(); read !== undefined && !read.done && !gone; read = await reader?.read()) {
    if (stream.write(read.value)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      stream.once("drain", resolve);
      if (gone) resolve();
    });
  }
  if (!gone) stream.end();
}
