import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import type { KeyPair } from "./certificates.js";

export interface RawServer {
  readonly port: number;
  readonly sockets: readonly Socket[];
  /** What came, of all connections. */
  received(): string;
  close(): Promise<void>;
}

/** A TCP server that says what a test tells it to say; with a certificate one of TLS, which chooses HTTP/1.1 by ALPN. */
export function rawServer(
  onData: (text: string, socket: Socket, connection: number) => void,
  certificate?: KeyPair,
): Promise<RawServer> {
  const sockets: Socket[] = [];
  let received = "";
  const accept = (socket: Socket): void => {
    const connection = sockets.push(socket) - 1;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      received += text;
      onData(text, socket, connection);
    });
  };
  const server =
    certificate === undefined
      ? net.createServer(accept)
      : tls.createServer({ ...certificate, ALPNProtocols: ["http/1.1"] }, accept);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        sockets,
        received: () => received,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => closed());
          }),
      });
    });
  });
}
