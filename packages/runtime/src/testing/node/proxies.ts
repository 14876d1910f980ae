import http from "node:http";
import https from "node:https";
import net, { type AddressInfo, type Socket } from "node:net";

/** A proxy of the tests. It knows one name, `server.test`, which is an address of this machine. */
export interface TestProxy {
  readonly port: number;
  /** Where clients wanted to go. */
  readonly targets: string[];
  /** Who they said they are. */
  readonly users: string[];
  close(): void;
}

const addressOf = (host: string): string => (host === "server.test" ? "127.0.0.1" : host);

/** A proxy for CONNECT, with TLS when it is given a certificate. What the server says first goes in one piece with its own answer. */
export async function connectProxy(refusal?: string, tls?: https.ServerOptions): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const targets: string[] = [];
  const users: string[] = [];
  const server = tls === undefined ? http.createServer() : https.createServer(tls);
  server.on("connect", (request, client: Socket) => {
    sockets.add(client);
    client.on("error", () => {});
    targets.push(request.url ?? "");
    const credentials = request.headers["proxy-authorization"]?.replace("Basic ", "") ?? "";
    users.push(Buffer.from(credentials, "base64").toString());
    if (refusal !== undefined) {
      client.end(refusal);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = net.connect(Number(port), addressOf(hostname));
    upstream.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    client.on("close", () => upstream.destroy());
    upstream.once("connect", () => {
      let begun = false;
      const begin = (first: Uint8Array): void => {
        if (begun) return;
        begun = true;
        client.write(Buffer.concat([Buffer.from("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n"), first]));
        client.pipe(upstream).pipe(client);
      };
      upstream.once("data", begin);
      setTimeout(begin, 20, Buffer.alloc(0));
    });
  });
  return started(server, sockets, targets, users);
}

/** A proxy for SOCKS5, with a password when it is given one. It answers byte by byte. */
export async function socksProxy(password?: string, refusal = 0): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const targets: string[] = [];
  const users: string[] = [];
  const server = net.createServer((client) => {
    sockets.add(client);
    client.setNoDelay(true);
    client.on("error", () => {});
    void converse(client, password, refusal, targets, users).catch(() => client.destroy());
  });
  return started(server, sockets, targets, users);
}

async function converse(
  client: Socket,
  password: string | undefined,
  refusal: number,
  targets: string[],
  users: string[],
): Promise<void> {
  const say = async (...bytes: number[]): Promise<void> => {
    for (const byte of bytes) {
      client.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const [, count = 0] = await take(client, 2);
  const methods = await take(client, count);
  const method = password === undefined ? 0 : 2;
  await say(5, methods.includes(method) ? method : 0xff);
  if (method === 2) {
    const [, length = 0] = await take(client, 2);
    const user = (await take(client, length)).toString();
    const [size = 0] = await take(client, 1);
    const given = (await take(client, size)).toString();
    users.push(`${user}:${given}`);
    await say(1, given === password ? 0 : 1);
  }
  const [, , , type] = await take(client, 4);
  const length = type === 1 ? 4 : ((await take(client, 1))[0] as number);
  const bytes = await take(client, length);
  const host = type === 1 ? bytes.join(".") : bytes.toString();
  const port = (await take(client, 2)).readUInt16BE();
  targets.push(`${host}:${port}`);
  const reply = [5, refusal, 0, 3, 4, 0x74, 0x65, 0x73, 0x74, 0, 80];
  if (refusal !== 0) {
    await say(...reply);
    return;
  }
  const upstream = net.connect(port, addressOf(host));
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.destroy());
  await new Promise((resolve) => upstream.once("connect", resolve));
  await say(...reply);
  client.pipe(upstream).pipe(client);
}

async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = count === 0 ? Buffer.alloc(0) : (socket.read(count) as Buffer | null);
    if (bytes !== null) return bytes;
    await new Promise((resolve, reject) => {
      socket.once("readable", resolve);
      socket.once("close", reject);
    });
  }
}

async function started(
  server: net.Server,
  sockets: ReadonlySet<Socket>,
  targets: string[],
  users: string[],
): Promise<TestProxy> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    targets,
    users,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
