import { ConnectError } from "../../error/connect-error.js";
import { decodeBase64, encodeBase64Unpadded } from "../../http/base64.js";
import type { BodyTranscoder } from "../protocol.js";

/**
 * The text form of gRPC-Web, for clients that cannot read bytes: base64 in groups of four characters.
 * Each side may encode piece by piece, so padding can stand at the end of any group.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md
 */
export class TextTranscoder implements BodyTranscoder {
  /** The characters of a group that is not complete. */
  pending: string = "";

  decode(chunk: Uint8Array): Uint8Array {
    let text = this.pending;
    for (let i = 0; i < chunk.length; i++) text += String.fromCharCode(chunk[i] as number);
    const whole = text.length - (text.length % 4);
    this.pending = text.slice(whole);
    const bytes = new Uint8Array((whole / 4) * 3);
    let length = 0;
    let start = 0;
    while (start < whole) {
      // Up to the end of the next group with padding.
      const padding = text.indexOf("=", start);
      const end = padding === -1 || padding >= whole ? whole : padding - (padding % 4) + 4;
      const part = decodeBase64(text.slice(start, end));
      if (part === undefined) throw new ConnectError("invalid_argument", "the request's body is not base64");
      bytes.set(part, length);
      length += part.length;
      start = end;
    }
    return bytes.subarray(0, length);
  }

  decodeEnd(): void {
    if (this.pending !== "") {
      throw new ConnectError("invalid_argument", "the request's body ended within a group of base64");
    }
  }

  encode(bytes: Uint8Array): Uint8Array {
    const text = encodeBase64Unpadded(bytes);
    const encoded = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(0x3d);
    for (let i = 0; i < text.length; i++) encoded[i] = text.charCodeAt(i);
    return encoded;
  }
}
