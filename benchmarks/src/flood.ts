import type { Socket } from "node:net";
import type { Attack } from "./attacks.js";

/** How long it is waited for what an attack leaves behind. */
const settleMs = 200;

/** Sends an attack over a connection, and ends it. Gives how many frames were sent on it. */
export function flood(socket: Socket, attack: Attack, most: number, until: number): Promise<number> {
  return new Promise((resolve) => {
    let sent = 0;
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      socket.destroy();
      resolve(sent);
    };
    socket.on("error", end);
    socket.on("close", end);
    const more = (): void => {
      if (over) return;
      if (sent >= most || performance.now() > until) {
        // What is on its way is read before the socket is gone.
        setTimeout(end, settleMs);
        return;
      }
      const room = socket.write(attack.frames(sent, Math.min(100, most - sent)));
      sent += Math.min(100, most - sent);
      if (room) setImmediate(more);
      else {
        const stuck = setTimeout(end, 500);
        socket.once("drain", () => {
          clearTimeout(stuck);
          more();
        });
      }
    };
    socket.setNoDelay(true);
    socket.write(attack.hello);
    more();
  });
}
