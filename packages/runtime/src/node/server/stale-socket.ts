// A file of its own: what is only about files of Unix sockets.
import net from "node:net";
import { builtin } from "../builtin.js";

/**
 * Whether a server cannot listen because the file of a Unix socket is there to which nobody listens: a process that was killed
 * leaves it behind.
 */
export async function isStale(error: unknown, path: string): Promise<boolean> {
  if ((error as { readonly code?: unknown }).code !== "EADDRINUSE") return false;
  // Another file refuses connections too.
  if (!(await builtin("node:fs/promises").lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const socket = net.connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", ({ code }: Error & { readonly code?: unknown }) => resolve(code === "ECONNREFUSED"));
  });
}
