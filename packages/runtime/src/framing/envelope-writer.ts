/** How many bytes to leave free in front of a payload for {@link sealEnvelope}. */
export const envelopeHeadroom: number = 5;

/** The size of a slab, and what is written at once: one HTTP/2 DATA frame of the default size. */
const slabBytes = 16 * 1024;
const smallestSlab = 1024;

/**
 * Fills in the prefix of an envelope: flags, and the payload's length in four bytes (big endian).
 *
 * @param frame - {@link envelopeHeadroom} bytes, then the payload
 * @returns `frame`
 */
export function sealEnvelope(flags: number, frame: Uint8Array): Uint8Array {
  const length = frame.length - envelopeHeadroom;
  frame[0] = flags;
  frame[1] = length >>> 24;
  frame[2] = length >>> 16;
  frame[3] = length >>> 8;
  frame[4] = length;
  return frame;
}

/**
 * Gathers the envelopes of a stream and writes them once per tick, or as soon as there are 16 KiB.
 * While the transport says "wait" they are held, in order.
 */
export class EnvelopeWriter {
  /** How many bytes were appended and not yet accepted by the transport. */
  held: number;

  /** @internal */
  readonly write: (bytes: Uint8Array) => boolean;
  /** @internal A frame that is alone so far: most ticks have no second one, and then it needs no copy. */
  single: Uint8Array | undefined;
  /** @internal The slab that several frames are copied into, and how much of it is used. */
  slab: Uint8Array | undefined;
  /** @internal */
  used: number;
  /** @internal How large the next slab shall be: it follows what the last one held. */
  slabSize: number;
  /** @internal What was to be written while the transport said "wait". */
  queue: Uint8Array[] | undefined;
  /** @internal */
  blocked: boolean;
  /** @internal */
  scheduled: boolean;

  /** @param write - hands bytes to the transport, which may keep them. False: wait until `drained()` is called. */
  constructor(write: (bytes: Uint8Array) => boolean) {
    this.held = 0;
    this.write = write;
    this.single = undefined;
    this.slab = undefined;
    this.used = 0;
    this.slabSize = smallestSlab;
    this.queue = undefined;
    this.blocked = false;
    this.scheduled = false;
  }

  /**
   * Adds an envelope. The writer may keep `frame` and fills in its prefix.
   *
   * @param flags - `undefined` for a message that travels without an envelope
   * @param frame - {@link envelopeHeadroom} bytes, then the payload
   * @returns false when the transport says "wait": the frame is held, and the caller should wait for `drained()`
   */
  append(flags: number | undefined, frame: Uint8Array): boolean {
    if (flags !== undefined) sealEnvelope(flags, frame);
    const { length } = frame;
    this.held += length;
    if (length >= slabBytes) {
      if (this.used > 0) this.emit();
      this.put(frame);
      return !this.blocked;
    }
    if (this.used + length > slabBytes) this.emit();
    if (this.used === 0) {
      this.single = frame;
    } else {
      this.copy(frame);
    }
    this.used += length;
    if (this.used === slabBytes) this.emit();
    else if (!this.scheduled && !this.blocked) {
      this.scheduled = true;
      schedule(this);
    }
    return !this.blocked;
  }

  /** Writes what is pending now, unless the transport said "wait". */
  flush(): void {
    if (this.used > 0 && !this.blocked) this.emit();
  }

  /** The transport can take more: writes what was held, until it says "wait" again. */
  drained(): void {
    this.blocked = false;
    const { queue } = this;
    if (queue !== undefined) {
      this.queue = undefined;
      for (let i = 0; i < queue.length; i++) this.put(queue[i] as Uint8Array);
    }
    this.flush();
  }

  /** Takes out all that is held, for the transport's `end(bytes)`; `undefined` when there is nothing. */
  take(): Uint8Array | undefined {
    const { queue } = this;
    if (this.used > 0 && queue === undefined) {
      this.held = 0;
      return this.pending();
    }
    if (queue === undefined) return undefined;
    if (this.used > 0) queue.push(this.pending());
    const all = queue.length === 1 ? (queue[0] as Uint8Array) : join(queue, this.held);
    this.queue = undefined;
    this.held = 0;
    return all;
  }

  /** @internal */
  copy(frame: Uint8Array): void {
    const { used } = this;
    const needed = used + frame.length;
    let { slab } = this;
    if (slab === undefined || slab.length < needed) {
      const previous = this.single ?? (slab as Uint8Array);
      let size = this.slabSize;
      while (size < needed) size *= 4;
      this.slabSize = size;
      slab = new Uint8Array(size);
      slab.set(this.single === undefined ? previous.subarray(0, used) : previous);
      this.single = undefined;
      this.slab = slab;
    }
    // Below some 40 bytes a loop is faster than the call of `set`.
    if (frame.length < 40) for (let i = 0; i < frame.length; i++) slab[used + i] = frame[i] as number;
    else slab.set(frame, used);
  }

  /** @internal Takes the pending bytes. The slab goes with them: the transport may keep it. */
  pending(): Uint8Array {
    const { single, slab, used } = this;
    this.single = undefined;
    this.slab = undefined;
    this.used = 0;
    if (single !== undefined) return single;
    while (this.slabSize > smallestSlab && used * 4 <= this.slabSize) this.slabSize /= 4;
    return (slab as Uint8Array).subarray(0, used);
  }

  /** @internal */
  emit(): void {
    this.put(this.pending());
  }

  /** @internal */
  put(bytes: Uint8Array): void {
    if (this.blocked) {
      this.queue ??= [];
      this.queue.push(bytes);
      return;
    }
    this.held -= bytes.length;
    if (!this.write(bytes)) this.blocked = true;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function flushScheduled(writer: EnvelopeWriter): void {
  writer.scheduled = false;
  writer.flush();
}

type NextTick = (callback: (writer: EnvelopeWriter) => void, writer: EnvelopeWriter) => void;

/** On Node a tick ends after the microtasks: what an async function appends between two awaits goes out together. */
const schedule: (writer: EnvelopeWriter) => void = scheduler();

// The platform is asked in a function: at the top of a module it would be in bundles that have no envelopes.
function scheduler(): (writer: EnvelopeWriter) => void {
  const { process } = globalThis as { readonly process?: { readonly nextTick?: unknown } };
  const nextTick = process?.nextTick as NextTick | undefined;
  return typeof nextTick === "function"
    ? (writer) => {
        try {
          nextTick(flushScheduled, writer);
        } catch {
          // The edge runtime of Next.js has one that throws.
          queueMicrotask(() => flushScheduled(writer));
        }
      }
    : (writer) => queueMicrotask(() => flushScheduled(writer));
}
