// The form of a call between the page and the relay: Connect's streams (https://connectrpc.com/docs/protocol), in binary.

/** How a call ended. */
export interface End {
  readonly error?: { readonly code: string; readonly message?: string; readonly details?: readonly Detail[] };
  readonly metadata?: { readonly [name: string]: readonly string[] };
}

/** A detail of an error: a message, in base64. */
export interface Detail {
  readonly type: string;
  readonly value: string;
}

/** A message with its prefix. */
export function envelope(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(5 + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, 5);
  return bytes;
}

/** Takes a response apart. Chunks are joined when a frame is whole, so the work is linear. */
export class FrameReader {
  readonly chunks: Uint8Array[] = [];
  size = 0;
  /** How many bytes it takes to go on. */
  needed = 5;

  /** The messages that are whole with these bytes, and the end. */
  *read(chunk: Uint8Array): Generator<Uint8Array | End> {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size < this.needed) return;
    const bytes = joined(this.chunks, this.size);
    let at = 0;
    this.needed = 5;
    while (bytes.length - at >= 5) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1);
      this.needed = 5 + length;
      if (bytes.length - at < this.needed) break;
      const payload = bytes.slice(at + 5, at + this.needed);
      const isEnd = ((bytes[at] as number) & 2) !== 0;
      at += this.needed;
      this.needed = 5;
      yield isEnd ? (JSON.parse(new TextDecoder().decode(payload)) as End) : payload;
    }
    this.chunks.splice(0, this.chunks.length, bytes.slice(at));
    this.size = bytes.length - at;
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Bytes of base64, whose padding Connect leaves out. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
