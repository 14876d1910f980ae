import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ManualTime } from "../../testing/manual-time.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { until } from "../../testing/node/collector.js";
import { data, endStream, field, requestHead, reset, type WireClient, wireClient } from "../../testing/node/h2-wire.js";
import { nodeHandler } from "./node-handler.js";
import { serve } from "./serve.js";

const onCleanup = useCleanup();

// How long answers are held is for the tests to say, however busy the machine is.
let time: ManualTime;
beforeEach(() => {
  time = new ManualTime();
});
afterEach(() => time.restore());

interface Host {
  readonly port: number;
  close(): Promise<void>;
}

async function ours(): Promise<Host> {
  return serve({ handlers: [], host: "127.0.0.1" });
}

async function platform(): Promise<Host> {
  const server = http2.createServer(nodeHandler([]));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await new Promise((closed) => server.close(closed));
    },
  };
}

describe.each([
  ["serve()", ours],
  ["nodeHandler() on node:http2", platform],
])("an error that %s answers before the request came whole", (_, host) => {
  let server: Host;
  let client: WireClient;
  beforeAll(async () => {
    server = await host();
  });
  afterAll(() => server.close());

  async function send(...frames: Buffer[]): Promise<void> {
    client = await wireClient(server.port);
    onCleanup(() => client.socket.destroy());
    client.socket.write(Buffer.concat(frames));
  }

  it("is sent when the rest has come", async () => {
    await send(requestHead(1, 0, "/nowhere", field("content-length", "3")));
    // The answer to another request shows that the server has seen the first one.
    client.socket.write(requestHead(3, endStream, "/nowhere"));
    await until(() => client.of(3).length > 0);
    expect(client.of(1)).toEqual([]);
    client.socket.write(data(1, "a=b", endStream));
    await until(() => client.of(1).length > 1);
    expect(client.of(1)).toEqual(["HEADERS", "DATA:not found\n+END"]);
  });

  it("is sent after a moment when the rest does not come", async () => {
    await send(requestHead(1, 0, "/nowhere", field("content-length", "3")), requestHead(3, endStream, "/nowhere"));
    await until(() => client.of(3).length > 0);
    await time.pass(40);
    expect(client.of(1)).toEqual([]);
    await time.pass(20);
    await until(() => client.of(1).length > 1);
    expect(client.of(1).slice(0, 2)).toEqual(["HEADERS", "DATA:not found\n+END"]);
  });

  it("is sent at once when it is not known how long the request is", async () => {
    await send(requestHead(1, 0, "/nowhere"), requestHead(3, 0, "/nowhere", field("content-length", "3")));
    await until(() => client.of(1).length > 1);
    expect(client.of(1).slice(0, 2)).toEqual(["HEADERS", "DATA:not found\n+END"]);
    expect(client.of(3)).toEqual([]);
  });

  it("is not sent when the client breaks off meanwhile", async () => {
    await send(requestHead(1, 0, "/nowhere", field("content-length", "3")), reset(1, 8));
    client.socket.write(requestHead(3, endStream, "/nowhere"));
    await until(() => client.of(3).length > 0);
    await time.pass(100);
    client.socket.write(requestHead(5, endStream, "/nowhere"));
    await until(() => client.of(5).length > 0);
    expect(client.of(1)).toEqual([]);
  });
});

it("an error that is answered to a client that waits for 100 Continue is sent at once", async () => {
  const server = await ours();
  onCleanup(() => server.close());
  const client = await wireClient(server.port);
  onCleanup(() => client.socket.destroy());
  const length = field("content-length", "3");
  client.socket.write(requestHead(1, 0, "/nowhere", length));
  client.socket.write(requestHead(3, 0, "/nowhere", length, field("expect", "100-continue")));
  await until(() => client.of(3).length > 1);
  expect(client.of(3).slice(0, 2)).toEqual(["HEADERS", "DATA:not found\n+END"]);
  expect(client.of(1)).toEqual([]);
});
