// A file of its own: what is only about sharing a port between processes.
import net, { type ListenOptions, type Server } from "node:net";

let tried: Promise<boolean> | undefined;

/** Refuses the option where the platform passes over it, which would be found only by the second process. */
export async function checkReusePort(socketPath: string | undefined): Promise<void> {
  if (socketPath !== undefined) throw new TypeError("reusePort is for TCP ports: leave it out with socketPath");
  tried ??= tryReusePort();
  if (await tried) return;
  throw new Error(
    `reusePort does not work here: it needs Linux and Node 22.12 or newer (this is ${process.platform}, Node ${process.versions.node}). Use node:cluster`,
  );
}

/** Two servers of this process share a port, or cannot. */
async function tryReusePort(): Promise<boolean> {
  const first = net.createServer();
  const second = net.createServer();
  try {
    await listen(first, 0);
    await listen(second, (first.address() as net.AddressInfo).port);
    return true;
  } catch {
    return false;
  } finally {
    first.close();
    second.close();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const options: ListenOptions & { readonly reusePort: true } = {
      port,
      host: "127.0.0.1",
      exclusive: true,
      reusePort: true,
    };
    server.listen(options, () => resolve());
  });
}
