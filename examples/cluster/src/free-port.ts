// A file of its own: workers are told the port, so it is chosen before there is a server.
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
