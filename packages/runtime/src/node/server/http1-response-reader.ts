import { type HeaderMap, headersFromRaw } from "../../http/header-map.js";

/** Where a response that was read is delivered. */
export interface Http1ResponseSink {
  onInformational(status: number, headers: HeaderMap): void;
  onHead(status: number, headers: HeaderMap): void;
  onData(bytes: Uint8Array): void;
  onEnd(trailers: HeaderMap | undefined): void;
}

type State = "head" | "length" | "rest" | "size" | "chunk" | "chunk end" | "trailers" | "over";

/** More than Node sends in one line or head: it limits neither. */
const maxHeadBytes = 1024 * 1024;
const nothing: Buffer = Buffer.alloc(0);

/**
 * Reads what a Node server writes for one HTTP/1.1 request (RFC 9112). The bytes come from this process, so that what is not
 * as Node writes it is an error, and no other forms are tried.
 */
export class Http1ResponseReader {
  readonly sink: Http1ResponseSink;
  readonly withoutBody: boolean;
  state: State = "head";
  /** What came of a line or of a head that is not complete. */
  kept: Buffer = nothing;
  /** Bytes of the body, or of its chunk, that are to come. */
  left = 0;
  trailerLines: string[] = [];

  /** @param method - of the request: a response to HEAD has no body */
  constructor(sink: Http1ResponseSink, method: string) {
    this.sink = sink;
    this.withoutBody = method === "HEAD";
  }

  /** @throws Error when it is no response */
  read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && this.state !== "over") rest = this.step(rest);
  }

  /** The server closed. False when the response is not complete. */
  close(): boolean {
    if (this.state === "rest") this.finish(undefined);
    return this.state === "over";
  }

  step(bytes: Buffer): Buffer {
    switch (this.state) {
      case "length":
      case "chunk":
        return this.body(bytes);
      case "rest":
        this.sink.onData(bytes);
        return nothing;
      case "head":
        return this.until("\r\n\r\n", bytes, (text) => this.head(text));
      case "size":
        return this.until("\r\n", bytes, (text) => this.chunkSize(text));
      case "chunk end":
        return this.until("\r\n", bytes, () => {
          this.state = "size";
        });
      default:
        return this.trailers(bytes);
    }
  }

  body(bytes: Buffer): Buffer {
    const part = bytes.length > this.left ? bytes.subarray(0, this.left) : bytes;
    this.left -= part.length;
    this.sink.onData(part);
    if (this.left === 0) {
      if (this.state === "chunk") this.state = "chunk end";
      else this.finish(undefined);
    }
    return bytes.subarray(part.length);
  }

  /** Collects up to a mark, hands on what stands before it, and gives what stands behind. */
  until(mark: string, bytes: Buffer, take: (text: string) => void): Buffer {
    const before = this.kept.length;
    const all = before === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    // The mark may have begun in what was kept.
    const at = all.indexOf(mark, Math.max(0, before - mark.length), "latin1");
    if (at < 0) {
      if (all.length > maxHeadBytes) throw new Error("the head of the response is too large");
      this.kept = all;
      return nothing;
    }
    this.kept = nothing;
    take(all.toString("latin1", 0, at));
    return all.subarray(at + mark.length);
  }

  head(text: string): void {
    const [first = "", ...lines] = text.split("\r\n");
    const match = /^HTTP\/1\.1 ([1-5][0-9]{2})(?: |$)/.exec(first);
    if (match === null) throw new Error("the response has no status line");
    const status = Number(match[1]);
    const headers = fieldsOf(lines);
    if (status < 200) {
      if (status === 101) throw new Error("HTTP/2 has no upgrade");
      this.sink.onInformational(status, headers);
      return;
    }
    const chunked = headers.get("transfer-encoding") === "chunked";
    const length = headers.get("content-length");
    const empty = this.withoutBody || status === 204 || status === 304;
    this.sink.onHead(status, headers);
    if (empty) this.finish(undefined);
    else if (chunked) this.state = "size";
    else if (length === null) this.state = "rest";
    else {
      this.state = "length";
      this.left = Number(length);
      if (!Number.isSafeInteger(this.left)) throw new Error("the response has a content-length that is not a number");
      if (this.left === 0) this.finish(undefined);
    }
  }

  chunkSize(text: string): void {
    if (!/^[0-9a-fA-F]{1,12}$/.test(text)) throw new Error("the response has a chunk without a size");
    this.left = Number.parseInt(text, 16);
    this.state = this.left === 0 ? "trailers" : "chunk";
  }

  /** The lines of the trailers, of which there may be none, and the empty line behind them. */
  trailers(bytes: Buffer): Buffer {
    return this.until("\r\n", bytes, (line) => {
      if (line !== "") this.trailerLines.push(line);
      else this.finish(this.trailerLines.length === 0 ? undefined : fieldsOf(this.trailerLines));
    });
  }

  finish(trailers: HeaderMap | undefined): void {
    this.state = "over";
    this.sink.onEnd(trailers);
  }
}

function fieldsOf(lines: readonly string[]): HeaderMap {
  return headersFromRaw(
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      if (colon <= 0) throw new Error("the response has a header line without a colon");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}
