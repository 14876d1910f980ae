// Starts each framework's server, calls it as clients do, and does what people do wrong: the errors should help them.
import { binary, type ConnectError, json } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import * as express from "./express.js";
import * as fastify from "./fastify.js";
import * as h3 from "./h3.js";
import * as hono from "./hono.js";
import * as koa from "./koa.js";
import * as nest from "./nest.js";
import { preflight, type Running } from "./running.js";
import * as vite from "./vite.js";

interface Example {
  start(): Promise<Running>;
  startMiswired?(): Promise<Running>;
}

const examples: readonly (readonly [name: string, example: Example])[] = [
  ["Express", express],
  ["Fastify", fastify],
  ["Koa", koa],
  ["Hono", hono],
  ["h3", h3],
  ["NestJS", nest],
  ["Vite", vite],
];

/** A unary call and a stream; or why they failed. */
async function talk(baseUrl: string, codec = binary()): Promise<string> {
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl, codec }));
  try {
    const { sentence } = await eliza.say({ sentence: "Hello" });
    let lines = 0;
    for await (const _line of eliza.introduce({ name: "Ada" })) lines++;
    return `${sentence} ${lines} lines`;
  } catch (error) {
    return (error as ConnectError).message.replace(/http:\/\/[\d.:]+/, "http://host");
  }
}

for (const [name, { start, startMiswired }] of examples) {
  const server = await start();
  console.log(`${name}: ${await talk(server.url)}`);
  console.log(`  below a path: ${await talk(`${server.url}/api`)}`);
  console.log(`  a page: ${await (await fetch(server.url)).text()}`);
  console.log(`  wrong path: ${await talk(`${server.url}/api/v1`)}`);
  console.log(`  a page of another origin: ${await preflight(server.url)}`);
  console.log(`  a page of another origin, below a path: ${await preflight(`${server.url}/api`)}`);
  await server.close();
  if (startMiswired === undefined) continue;
  const miswired = await startMiswired();
  console.log(`  body read first: ${await talk(miswired.url)}`);
  console.log(`  body read first, JSON: ${await talk(miswired.url, json())}`);
  await miswired.close();
}
