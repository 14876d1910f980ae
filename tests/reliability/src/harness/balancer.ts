import net from "node:net";

/** Passes each TCP connection on to the next server that listens, as a balancer of connections does. */
export class Balancer {
  readonly targets: readonly number[];
  readonly listener: net.Server;
  readonly sockets: Set<net.Socket> = new Set();
  next = 0;
  /** Connections of clients, in all. */
  connections = 0;

  constructor(targets: readonly number[]) {
    this.targets = targets;
    this.listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.connections++;
      this.own(client);
      this.dial(client, this.targets.length);
    });
  }

  static async start(targets: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    await new Promise<void>((resolve) => balancer.listener.listen(0, "127.0.0.1", resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as net.AddressInfo).port}`;
  }

  dial(client: net.Socket, attempts: number): void {
    const port = this.targets[this.next++ % this.targets.length] as number;
    const server = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.own(server);
    server.on("connect", () => {
      client.pipe(server);
      server.pipe(client);
      client.on("close", () => server.destroy());
      server.on("close", () => client.destroy());
    });
    server.on("error", () => {
      if (!server.connecting && server.bytesRead + server.bytesWritten > 0) client.resetAndDestroy();
      else if (attempts > 1) this.dial(client, attempts - 1);
      else client.resetAndDestroy();
    });
    client.on("error", () => server.resetAndDestroy());
  }

  own(socket: net.Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.listener.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
