// A program of bench:cold: each is a process of its own, which loads one stack.
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { BenchService } from "../gen/bench/v1/bench_pb.js";
import { end } from "./end.js";

const routes = { tiny: ({ text }: { text: string }) => ({ text }) };
const server = http2.createServer(connectNodeAdapter({ routes: (router) => router.service(BenchService, routes) }));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = createClient(BenchService, createGrpcTransport({ baseUrl }));
end((await client.tiny({ text: "hi" })).text === "hi");
