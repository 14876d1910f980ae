import { type Addresses, type AddressList, type Target, targetsOf } from "./addresses.js";
import type { Clock } from "./clock.js";

/** Nobody is asked for addresses more often than this, in milliseconds. */
const leastMs = 1_000;

/** Who wants to know of addresses. */
interface Listener {
  listed(targets: Map<string, Target>): void;
  failed(error: unknown): void;
}

/** Asks where servers are: at once, from time to time, and when a server cannot be reached. */
export class AddressWatch {
  readonly addresses: Exclude<Addresses, AddressList>;
  readonly clock: Clock;
  readonly refreshMs: number;
  readonly listener: Listener;
  readonly controller: AbortController;
  timer: unknown;
  isAsking = false;
  askedAt: number = Number.NEGATIVE_INFINITY;
  failures = 0;

  constructor(addresses: Exclude<Addresses, AddressList>, clock: Clock, refreshMs: number, listener: Listener) {
    this.controller = new AbortController();
    this.addresses = addresses;
    this.clock = clock;
    this.refreshMs = refreshMs;
    this.listener = listener;
  }

  /** A server could not be reached: there may be news. */
  refresh(): void {
    if (!this.isAsking) this.askIn(Math.max(0, this.askedAt + leastMs - this.clock.now()));
  }

  askIn(ms: number): void {
    if (this.controller.signal.aborted) return;
    this.clock.cancel(this.timer);
    this.timer = this.clock.after(ms, () => void this.ask(), true);
  }

  async ask(): Promise<void> {
    this.isAsking = true;
    this.askedAt = this.clock.now();
    try {
      const answer = this.addresses(this.controller.signal);
      if (isAsyncIterable(answer)) {
        for await (const list of answer) this.tell(list);
        throw new Error("the async iterable of addresses has ended");
      }
      this.tell(await answer);
    } catch (error) {
      if (!this.controller.signal.aborted) this.listener.failed(error);
      this.failures++;
    }
    this.isAsking = false;
    this.askIn(this.failures === 0 ? this.refreshMs : Math.min(leastMs * 1.6 ** (this.failures - 1), this.refreshMs));
  }

  tell(list: AddressList): void {
    if (this.controller.signal.aborted) return;
    this.listener.listed(targetsOf(list));
    this.failures = 0;
  }

  close(): void {
    this.clock.cancel(this.timer);
    this.controller.abort();
  }
}

function isAsyncIterable(value: object): value is AsyncIterable<AddressList> {
  return Symbol.asyncIterator in value;
}
