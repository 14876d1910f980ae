import net, { type AddressInfo, type Socket } from "node:net";

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Passes bytes on when they are old enough, whatever is on its way by then: a long path without a limit of its own. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  const pieces: Piece[] = [];
  const end = (): void => {
    to.end();
  };
  const look = (): void => {
    const now = performance.now();
    let due = 0;
    for (; due < pieces.length && (pieces[due] as Piece).at <= now; due++) to.write((pieces[due] as Piece).bytes);
    pieces.splice(0, due);
    const [next] = pieces;
    if (next !== undefined) setTimeout(look, next.at - now);
  };
  from.on("data", (bytes) => {
    pieces.push({ at: performance.now() + delayMs, bytes });
    if (pieces.length === 1) setTimeout(look, delayMs);
  });
  from.on("end", () => setTimeout(end, delayMs + 1));
  from.on("error", () => to.destroy());
  from.on("close", () => setTimeout(() => to.destroy(), delayMs + 1));
}

/** A TCP proxy in front of a port of this machine, each of whose directions takes so many milliseconds. Gives its own port. */
export async function delayingProxy(port: number, delayMs: number): Promise<number> {
  const server = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ port, host: "127.0.0.1", noDelay: true });
    pass(near, far, delayMs);
    pass(far, near, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
