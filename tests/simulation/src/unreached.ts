// Blocks of the rooms that no schedule can reach, and why: `--blocks` fails when one is reached after all, or is gone.

interface Unreached {
  readonly why: string;
  /** File, function, and the line with a mark where the block begins. */
  readonly blocks: readonly string[];
}

export const unreached: readonly Unreached[] = [
  {
    why: "A guard against mistakes of the engine itself: sinks, hosts and observers must not throw, and whatever a peer does is a ConnectionError.",
    blocks: [
      'http2/link.ts failed: else ▶this.fail(ErrorCode.internalError, "an internal error", error);',
      "http2/link.ts tick: } catch (error) ▶{",
      'http2/link.ts fail: this.close({ code, by: "local", message, ...(cause === undefined ? undefined : ▶{ cause }) });',
    ],
  },
  {
    why: "Fields are checked before they are encoded: a value with a character above U+00FF never comes so far, and nothing else throws there.",
    blocks: [
      'http2/hpack/huffman.ts layOut: if (all > 255) ▶throw new TypeError("a header field has a character above U+00FF");',
      "http2/hpack/encoder.ts encode: } catch (error) ▶{",
    ],
  },
  {
    why: "A method that the connection's base class asks for, and that this side does not need: the head of a request comes with its stream.",
    blocks: ["http2/server-connection.ts receiveHead: override receiveHead(): void ▶{}"],
  },
];
