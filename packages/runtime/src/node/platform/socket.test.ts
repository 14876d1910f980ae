import http from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import tls from "node:tls";
import { expect, it } from "@jest/globals";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { guardSocket, replaceClosing, socketUnder, unsentBytes } from "./socket.js";

const onCleanup = useCleanup();
const pair = makeCertificates().server;

async function listen(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onCleanup(() => server.close());
  return (server.address() as AddressInfo).port;
}

it("a guarded socket has an error listener, once and for its whole life", () => {
  const socket = new net.Socket();
  guardSocket(socket);
  guardSocket(socket);
  expect(socket.listenerCount("error")).toBe(1);
  expect(() => socket.emit("error", new Error("broken in test"))).not.toThrow();
});

it("the socket under one of TLS is the one that the server accepted", async () => {
  const accepted: Socket[] = [];
  const under: (Socket | undefined)[] = [];
  const server = tls.createServer(pair);
  server.on("connection", (socket: Socket) => accepted.push(socket));
  server.on("secureConnection", (socket) => under.push(socketUnder(socket)));
  const client = tls.connect({ port: await listen(server), host: "127.0.0.1", rejectUnauthorized: false });
  onCleanup(() => client.destroy());
  await until(() => under.length === 1);
  expect(under[0]).toBe(accepted[0]);
  expect(socketUnder(accepted[0] as Socket)).toBeUndefined();
});

it("closing after a response with Connection: close is replaced, until it is given back", async () => {
  let closing = 0;
  const server = http.createServer((request, response) => {
    const restore = replaceClosing(request.socket, () => {
      closing++;
      restore();
      request.socket.destroySoon();
    });
    response.setHeader("connection", "close");
    response.end("bye");
  });
  const client = net.connect(await listen(server), "127.0.0.1");
  onCleanup(() => client.destroy());
  let over = false;
  client.resume().on("end", () => {
    over = true;
  });
  client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await until(() => over);
  await sleep(5);
  expect(closing).toBe(1);
});

it.each([
  ["TCP", (take: (socket: Socket) => void) => net.createServer(take), (port: number) => net.connect(port, "127.0.0.1")],
  [
    "TLS",
    (take: (socket: Socket) => void) => tls.createServer(pair, take),
    (port: number) => tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false }),
  ],
])("unsent bytes of %s go down while one large write is under way", async (_name, serve, connect) => {
  let socket: Socket | undefined;
  const server = serve((taken) => {
    socket = taken;
    guardSocket(taken);
    taken.write(Buffer.alloc(32 * 1024 * 1024));
  });
  const client = connect(await listen(server));
  client.pause().on("error", () => {});
  onCleanup(() => {
    client.destroy();
    socket?.destroy();
  });
  await until(() => socket !== undefined);
  await sleep(50);
  const written = socket as Socket;
  const before = unsentBytes(written);
  expect(before).toBeGreaterThan(1024 * 1024);
  const { bytesWritten, writableLength } = written;
  client.on("data", () => {
    if (unsentBytes(written) < before) client.pause();
  });
  client.resume();
  await until(() => unsentBytes(written) < before);
  expect(written.bytesWritten).toBe(bytesWritten);
  expect(written.writableLength).toBe(writableLength);
});
