import net, { type Socket } from "node:net";
import { type ServeOptions, serve } from "@connect-ts/runtime/node";
import type { Ticker } from "./clock.js";
import type { InnerServer } from "./listener.js";
import { Network } from "./network.js";
import type { SetupPlan } from "./plan.js";
import type { End, Pipe } from "./socket.js";

/** Real sockets, through a proxy that treats bytes as the simulated lines do. */
export class RealNetwork extends Network {
  readonly proxy: net.Server;
  target = 0;

  constructor(clock: Ticker, setup: SetupPlan, key: string) {
    super(clock, setup, key);
    this.proxy = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) =>
      this.route(near),
    );
  }

  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.proxy.listen(0, "127.0.0.1", resolve));
  }

  override dial(): Promise<Socket> {
    const { port } = this.proxy.address() as net.AddressInfo;
    return Promise.resolve(net.connect(port, "127.0.0.1"));
  }

  route(near: Socket): void {
    near.on("error", () => undefined);
    if (this.listener === undefined || this.clock.clock < this.refusedUntil) {
      near.resetAndDestroy();
      return;
    }
    const far = net.connect({ port: this.target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const client = new RealEnd("client", near);
    const server = new RealEnd("server", far);
    const { requests, responses } = this.join(client, server);
    client.joined(requests, responses);
    server.joined(responses, requests);
  }

  override async start(options: ServeOptions): Promise<InnerServer> {
    const server = (await serve({ ...options, host: "127.0.0.1" })) as InnerServer;
    const { port, listener } = server;
    this.target = port;
    this.listener = () => undefined;
    const close = listener.close.bind(listener);
    listener.close = (done) => {
      if (this.target === port) this.listener = undefined;
      return close(done);
    };
    return server;
  }

  override close(): void {
    this.proxy.close();
  }
}

/** A real socket of the proxy, as an end of two lines. */
class RealEnd implements End {
  readonly name: string;
  readonly socket: Socket;
  bytesRead = 0;

  constructor(name: string, socket: Socket) {
    this.name = name;
    this.socket = socket;
  }

  /**
   * @param out - takes what comes from this socket
   * @param into - has what is to be written to it
   */
  joined(out: Pipe, into: Pipe): void {
    const { socket } = this;
    let over = false;
    socket.on("data", (bytes: Uint8Array) => {
      let taken = false;
      out.write(bytes, () => {
        taken = true;
        socket.resume();
      });
      if (!taken) socket.pause();
    });
    socket.on("end", () => {
      over = true;
      out.end();
    });
    socket.on("error", () => undefined);
    socket.on("drain", () => into.wanted());
    socket.on("close", () => {
      into.drop();
      if (!over) out.to.destroy(new Error("reset"));
    });
    socket.resume();
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  push(bytes: Uint8Array | null): boolean {
    if (bytes !== null) return this.socket.write(bytes);
    this.socket.end();
    return false;
  }

  destroy(error?: Error): void {
    if (error === undefined) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}
