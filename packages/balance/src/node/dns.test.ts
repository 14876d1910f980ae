import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { grpc } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { afterEach, expect, it } from "@jest/globals";
import { balance } from "../index.js";
import { call } from "../testing/client.js";
import { handlerOf } from "../testing/service.js";
import { dnsAddresses, nodeConnector } from "./index.js";

/** The data of a record: an IPv4 address, an IPv6 address of eight numbers, or a service. */
type Data = string | readonly number[] | { readonly port: number; readonly target: string };

/** A DNS server that knows what it is told, by `"A shop.test"` and the like. */
class DnsServer {
  readonly records: Map<string, readonly Data[]> = new Map();
  readonly socket: Socket = createSocket("udp4");
  readonly resolver: Resolver = new Resolver({ timeout: 500, tries: 1 });
  asked = 0;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.socket.bind(0, "127.0.0.1", resolve));
    this.resolver.setServers([`127.0.0.1:${this.socket.address().port}`]);
    this.socket.on("message", (query, { port }) => {
      this.asked++;
      this.socket.send(this.answer(query), port, "127.0.0.1");
    });
    return this;
  }

  answer(query: Buffer): Buffer {
    let at = 12;
    const labels: string[] = [];
    while (query[at] !== 0) {
      const length = query[at] as number;
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += length + 1;
    }
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const name = { 1: "A", 28: "AAAA", 33: "SRV" }[type] ?? "";
    const found = this.records.get(`${name} ${labels.join(".")}`) ?? [];
    const head = Buffer.from(query.subarray(0, 12));
    // An answer, and NXDOMAIN where there is none.
    head.writeUInt16BE(found.length === 0 ? 0x8583 : 0x8580, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    head.writeUInt32BE(0, 8);
    const records = found.map((data) => {
      const bytes = dataOf(data);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([record, bytes]);
    });
    return Buffer.concat([head, question, ...records]);
  }
}

function dataOf(data: Data): Buffer {
  if (typeof data === "string") return Buffer.from(data.split(".").map(Number));
  if ("port" in data) {
    const fields = Buffer.alloc(6);
    fields.writeUInt16BE(data.port, 4);
    const labels = data.target.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
    return Buffer.concat([fields, ...labels, Buffer.alloc(1)]);
  }
  return Buffer.from(data.flatMap((part) => [part >> 8, part & 255]));
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(): Promise<DnsServer> {
  const dns = await new DnsServer().start();
  closing.push(() => dns.socket.close());
  return dns;
}

async function listen(name: string, host: string, port = 0): Promise<number> {
  const server = await serve({ handlers: handlerOf(name), host, port });
  closing.push(() => server.close());
  return server.port as number;
}

it("follows what DNS says: when the time is over, and when a server is gone", async () => {
  const dns = await start();
  const port = await listen("a", "127.0.0.1");
  await listen("b", "127.0.0.2", port);
  dns.records.set("A shop.test", ["127.0.0.1"]);
  const transport = balance({
    addresses: dnsAddresses(`http://shop.test:${port}`, { resolver: dns.resolver }),
    connect: nodeConnector({ protocol: grpc() }),
    refreshMs: 40,
    random: () => 0,
  });
  closing.unshift(() => transport.close());
  expect(await call(transport, "get")).toBe("a");
  dns.records.set("A shop.test", ["127.0.0.1", "127.0.0.2"]);
  await until(() => transport.servers().length === 2);
  expect([await call(transport, "get"), await call(transport, "get")].sort()).toEqual(["a", "b"]);
  dns.records.set("A shop.test", ["127.0.0.2"]);
  await until(() => transport.servers().length === 1);
  expect(await call(transport, "get")).toBe("b");
  // DNS that fails takes no server away.
  dns.records.clear();
  const { asked } = dns;
  await until(() => dns.asked > asked + 2);
  expect(await call(transport, "get")).toBe("b");
});

it("takes the ports of SRV records, and the addresses of their names", async () => {
  const dns = await start();
  const [one, two] = [await listen("a", "127.0.0.1"), await listen("b", "127.0.0.1")];
  dns.records.set("SRV _grpc._tcp.shop.test", [
    { port: one, target: "one.test" },
    { port: two, target: "two.test" },
  ]);
  dns.records.set("A one.test", ["127.0.0.1"]);
  dns.records.set("A two.test", ["127.0.0.1"]);
  const transport = balance({
    addresses: dnsAddresses("http://shop.test", { srv: "_grpc._tcp.shop.test", resolver: dns.resolver }),
    connect: nodeConnector({ protocol: grpc() }),
  });
  closing.unshift(() => transport.close());
  expect([await call(transport, "get"), await call(transport, "get")].sort()).toEqual(["a", "b"]);
});

it("asks for IPv6 where there is no IPv4 address, or when told so", async () => {
  const dns = await start();
  dns.records.set("AAAA shop.test", [[0, 0, 0, 0, 0, 0, 0, 1]]);
  const signal = new AbortController().signal;
  const { resolver } = dns;
  const expected = [{ url: "http://shop.test", ip: "::1" }];
  expect(await dnsAddresses("http://shop.test", { resolver })(signal)).toEqual(expected);
  dns.records.set("A shop.test", ["127.0.0.1"]);
  expect(await dnsAddresses("http://shop.test", { resolver, family: 6 })(signal)).toEqual(expected);
  expect(await dnsAddresses("http://shop.test", { resolver })(signal)).toMatchObject([{ ip: "127.0.0.1" }]);
});

it.each(["http://127.0.0.1:8080", "https://[::1]:8080/below"])("asks nobody where %s is", async (url) => {
  const dns = await start();
  const { resolver } = dns;
  expect(await dnsAddresses(url, { resolver })(new AbortController().signal)).toEqual([url]);
  expect(dns.asked).toBe(0);
});

it.each(["shop", "shop.internal:8080", "grpc://shop:8080"])("refuses %j, which is no URL of a server", (url) => {
  expect(() => dnsAddresses(url)).toThrow(
    `url must be a URL such as "http://shop.internal:8080", and ${JSON.stringify(url)} is none`,
  );
});

it("refuses options that are none", () => {
  expect(() => dnsAddresses("http://shop", { srv: "" })).toThrow('srv must be the name of SRV records, and "" is none');
  expect(() => dnsAddresses("http://shop", { family: 5 as never })).toThrow("family must be 4 or 6, and 5 is neither");
});

async function until(done: () => boolean): Promise<void> {
  for (let tried = 0; tried < 3_000 && !done(); tried++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(done()).toBe(true);
}
