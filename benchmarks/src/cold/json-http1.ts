// JSON over HTTP/1.1, for tRPC's sake: generated codecs.
import { json } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createBenchServiceClient, createBenchServiceHandler } from "../with-codecs/gen/bench/v1/bench_connect.js";
import { end } from "./end.js";
import { implementation } from "./implementation.js";

const server = await serve({ handlers: createBenchServiceHandler(implementation), host: "127.0.0.1" });
const baseUrl = `http://127.0.0.1:${server.port}`;
const client = createBenchServiceClient(createNodeTransport({ baseUrl, codec: json() }));
end((await client.tiny({ text: "hi" })).text === "hi");
