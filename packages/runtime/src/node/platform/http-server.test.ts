import http, { type ServerResponse } from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { closeQueued, endWith, isAnswering, isQueued, tellsListenersOnly, watchTimeouts } from "./http-server.js";

const onCleanup = useCleanup();
const get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function connect(port: number): { socket: Socket; text: () => string } {
  const socket = net.connect(port, "127.0.0.1");
  onCleanup(() => socket.destroy());
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  return { socket, text: () => text };
}

describe("watchTimeouts()", () => {
  it("has a server close slow connections that it was given, though it does not listen", async () => {
    const server = http.createServer({ headersTimeout: 50, connectionsCheckingInterval: 10 });
    watchTimeouts(server);
    onCleanup(() => {
      server.close();
    });
    const listener = net.createServer((socket) => void server.emit("connection", socket));
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", () => resolve()));
    onCleanup(() => {
      listener.close();
    });
    const { socket, text } = connect((listener.address() as AddressInfo).port);
    socket.write("GET / HT");
    await until(() => text().startsWith("HTTP/1.1 408"));
  });
});

describe("responses of requests that were pipelined", () => {
  async function pipelined(): Promise<{ responses: ServerResponse[]; socket: Socket }> {
    const responses: ServerResponse[] = [];
    const port = await listen(http.createServer((_request, response) => responses.push(response)));
    const { socket } = connect(port);
    socket.write(get.repeat(3));
    await until(() => responses.length === 3);
    return { responses, socket };
  }

  it("are queued until it is their turn", async () => {
    const { responses } = await pipelined();
    expect(responses.map(isQueued)).toEqual([false, true, true]);
    let turn = 0;
    responses[1]?.once("socket", () => turn++);
    responses[0]?.end();
    await until(() => turn === 1);
    expect(responses.slice(1).map(isQueued)).toEqual([false, true]);
  });

  it("hear once that the connection closed: by Node from 24 on, before by closeQueued()", async () => {
    const { responses, socket } = await pipelined();
    const closed: number[] = [];
    for (const [index, response] of responses.entries()) response.once("close", () => closed.push(index));
    socket.destroy();
    await until(() => closed.length > 0);
    await sleep(20);
    expect(closed).toEqual(Number.parseInt(process.versions.node, 10) < 24 ? [0] : [0, 1, 2]);
    for (const response of responses.slice(1)) closeQueued(response);
    expect(closed).toEqual([0, 1, 2]);
    expect(responses.every(({ destroyed }) => destroyed)).toBe(true);
  });
});

it("a connection is answering from the head of a response to its end", async () => {
  const responses: ServerResponse[] = [];
  const seen: boolean[] = [];
  const server = http.createServer((_request, response) => responses.push(response));
  const port = await listen(server);
  const { socket, text } = connect(port);
  socket.write(get);
  await until(() => responses.length === 1);
  const [response] = responses as [ServerResponse];
  const accepted = response.socket as Socket;
  seen.push(isAnswering(accepted));
  response.flushHeaders();
  seen.push(isAnswering(accepted));
  response.end("hello");
  await until(() => text().includes("hello"));
  seen.push(isAnswering(accepted));
  expect(seen).toEqual([false, true, false]);
});

it("a request and a response that break off emit no error that nobody listens for", async () => {
  const broken: unknown[] = [];
  const heard: unknown[] = [];
  const port = await listen(
    http.createServer((request, response) => {
      if (request.url === "/heard") request.on("error", ({ code }: NodeJS.ErrnoException) => heard.push(code));
      request.resume();
      response.write("half");
      request.on("close", () => broken.push(request.url));
    }),
  );
  for (const path of ["/", "/heard"]) {
    const { socket, text } = connect(port);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhe`);
    await until(() => text().includes("half"));
    socket.resetAndDestroy();
    await until(() => broken.includes(path));
  }
  // The first would have ended the process.
  expect([tellsListenersOnly, heard]).toEqual([true, ["ECONNRESET"]]);
});

describe("endWith()", () => {
  const answer = (response: ServerResponse): void => {
    response.writeHead(200, ["content-length", "5"]);
    endWith(response, "hello");
  };

  it("writes a response in one piece, and the response finishes", async () => {
    const writes: string[] = [];
    let finished = 0;
    const server = http.createServer((_request, response) => {
      response.on("finish", () => finished++);
      answer(response);
    });
    server.on("connection", (socket: Socket) => {
      const { _write, _writev } = socket;
      Object.assign(socket, {
        _write(...args: Parameters<typeof _write>) {
          writes.push(String(args[0]));
          _write.apply(socket, args);
        },
        _writev(...args: Parameters<NonNullable<typeof _writev>>) {
          writes.push("a list");
          _writev?.apply(socket, args);
        },
      });
    });
    const { socket, text } = connect(await listen(server));
    socket.write(get);
    await until(() => finished === 1);
    await until(() => text().endsWith("hello"));
    expect(writes).toEqual([text()]);
    socket.write(get);
    await until(() => finished === 2);
  });

  it("waits with it until it is its turn", async () => {
    const responses: ServerResponse[] = [];
    const port = await listen(http.createServer((_request, response) => responses.push(response)));
    const { socket, text } = connect(port);
    socket.write(get.repeat(3));
    await until(() => responses.length === 3);
    for (const response of responses.reverse()) answer(response);
    await until(() => text().split("\r\n\r\nhello").length === 4);
  });

  it("leaves out what a response to HEAD has not", async () => {
    const { socket, text } = connect(await listen(http.createServer((_request, response) => answer(response))));
    socket.write("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.write(get);
    await until(() => text().endsWith("hello"));
    expect(text().split("hello")).toHaveLength(2);
  });

  it("sends a body of unknown length in chunks", async () => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, ["trailer", "x-last"]);
      response.addTrailers([["x-last", "1"]]);
      endWith(response, "hello");
    });
    const { socket, text } = connect(await listen(server));
    socket.write(get);
    await until(() => text().endsWith("\r\n\r\n5\r\nhello\r\n0\r\nx-last: 1\r\n\r\n"));
  });

  it("lets Node check the length where it is asked to", async () => {
    const thrown: unknown[] = [];
    const port = await listen(
      http.createServer((_request, response) => {
        response.strictContentLength = true;
        response.writeHead(200, ["content-length", "5"]);
        try {
          endWith(response, "hi");
        } catch (error) {
          thrown.push(error);
          response.destroy();
        }
      }),
    );
    connect(port).socket.write(get);
    await until(() => thrown.length === 1);
    expect(thrown[0]).toMatchObject({ code: "ERR_HTTP_CONTENT_LENGTH_MISMATCH" });
  });
});
