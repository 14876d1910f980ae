import type { Message } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import type { Clock } from "../clock.js";
import { item, service } from "./service.js";

type Client = Record<string, (request: unknown, options: object) => PromiseLike<Message> & AsyncIterable<Message>>;
const clients = new WeakMap<Transport, Client>();

function clientOf(transport: Transport): Client {
  const client = clients.get(transport) ?? (createClient(service, transport) as unknown as Client);
  clients.set(transport, client);
  return client;
}

/** Makes one call of whatever kind, whose requests end after `end`; gives the names in its answers, or its code. */
export async function call(
  transport: Transport,
  method: string,
  name = "a",
  options: object = {},
  end?: Promise<void>,
): Promise<string> {
  const made = clientOf(transport)[method] as Client[string];
  const got: string[] = [];
  try {
    const result = made(method === "fill" || method === "talk" ? many(name, end) : item(name), options);
    if (method === "list" || method === "talk") for await (const answer of result) got.push(nameOf(answer));
    else got.push(nameOf(await result));
    return got.join();
  } catch (error) {
    return [...got, ConnectError.from(error).code].join();
  }
}

function nameOf(message: Message): string {
  return (message as Message & { readonly name: string }).name;
}

async function* many(name: string, end?: Promise<void>): AsyncGenerator<Message, void, undefined> {
  yield item(`${name}1`);
  yield item(`${name}2`);
  await end;
}

/** A clock that stands still until it is moved. */
export class StoppedClock implements Clock {
  time = 0;
  readonly timers: Set<{ readonly at: number; readonly run: () => void }> = new Set();

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): unknown {
    const timer = { at: this.time + ms, run };
    this.timers.add(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    this.timers.delete(timer as never);
  }

  /** Lets time pass, and what begins at those times get on. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.timers.delete(next);
      this.time = next.at;
      next.run();
      await settle();
    }
    this.time = end;
  }
}

/** Lets what is under way in this process get on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what real connections do, half a minute at most. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 6_000) throw new Error(`it did not come true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
