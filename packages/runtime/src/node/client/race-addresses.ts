import type { LookupAddress } from "node:dns";
import net, { type LookupFunction, type Socket } from "node:net";
import { after, cancel, nextTurn, type Timer } from "../../time.js";
import { guardSocket } from "../platform/socket.js";

/** What ends the attempts before one of them has won. */
export interface Attempts {
  readonly over: boolean;
  /** A socket that is destroyed when they are over. */
  own(socket: Socket): void;
}

/** All addresses of a name, ordered as RFC 8305 section 4 says: families in turn, the first one first. */
export async function addressesOf(host: string, lookup: LookupFunction): Promise<readonly string[]> {
  if (net.isIP(host) !== 0) return [host];
  const found = await new Promise<readonly LookupAddress[]>((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses, family) => {
      if (error) reject(error);
      else resolve(typeof addresses === "string" ? [{ address: addresses, family: family ?? 4 }] : addresses);
    });
  });
  const first = found.filter(({ family }) => family === found[0]?.family);
  const other = found.filter(({ family }) => family !== found[0]?.family);
  const ordered: string[] = [];
  for (let i = 0; i < found.length; i++)
    for (const list of [first, other]) if (list[i] !== undefined) ordered.push((list[i] as LookupAddress).address);
  if (ordered.length === 0) throw new Error(`${host} has no address`);
  return ordered;
}

/**
 * Connects to the first address that answers (RFC 8305 section 5): every `delayMs` the next one is tried, and at once when an
 * attempt has failed. Earlier ones stay.
 */
export function raceAddresses(
  addresses: readonly string[],
  port: number,
  delayMs: number,
  attempts: Attempts,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const open = new Set<Socket>();
    const errors: Error[] = [];
    let next = 0;
    let won = false;
    let timer: Timer | undefined;

    const start = (): void => {
      cancel(timer);
      if (attempts.over || won || next === addresses.length) return;
      const socket = net.connect({ host: addresses[next++] as string, port, noDelay: true });
      guardSocket(socket);
      attempts.own(socket);
      open.add(socket);
      socket.once("connect", () => win(socket));
      socket.once("error", (error) => errors.push(error));
      socket.once("close", () => lose(socket));
      // This process may have been too busy to see that an attempt has won.
      if (next < addresses.length) timer = after(delayMs, () => nextTurn(start));
    };
    const win = (socket: Socket): void => {
      won = true;
      cancel(timer);
      open.delete(socket);
      for (const other of open) other.destroy();
      resolve(socket);
    };
    const lose = (socket: Socket): void => {
      open.delete(socket);
      if (won) return;
      if (next < addresses.length) start();
      else if (open.size === 0) reject(errors.length === 1 ? errors[0] : new AggregateError(errors, textsOf(errors)));
    };
    start();
  });
}

function textsOf(errors: readonly Error[]): string {
  return errors.map(({ message }) => message).join(", ");
}
