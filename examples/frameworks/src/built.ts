// For frameworks whose servers are built first: runs what the build made, and talks to it as clients do.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { type ConnectError, json } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createElizaServiceClient } from "../../eliza/src/gen/connectrpc/eliza/v1/eliza_connect.js";
import { preflight, running } from "./running.js";

/** Starts a program that listens on $HOST and $PORT, calls it at the paths that its example has, and ends it. */
export async function talkToBuilt(program: string): Promise<void> {
  const free = await running(createServer().listen(0, "127.0.0.1"));
  free.close();
  const env = { ...process.env, HOST: "127.0.0.1", PORT: new URL(free.url).port };
  const server = spawn(process.execPath, [program], { env, stdio: ["ignore", "ignore", "inherit"] });
  try {
    while (!(await fetch(free.url).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(`a page: ${/<p>(.*)<\/p>/.exec(await (await fetch(free.url)).text())?.[1]}`);
    console.log(`four kinds: ${await talk(`${free.url}/api`)}`);
    console.log(`600 KB: ${await sayLong(`${free.url}/api`)}`);
    console.log(`wrong path: ${await talk(`${free.url}/api/v1`)}`);
    console.log(`no such path: ${await talk(`${free.url}/nowhere`)}`);
    console.log(`a page of another origin: ${await preflight(`${free.url}/api`)}`);
    console.log(`body read first: ${await talk(`${free.url}/late`)}`);
    console.log(`the handler gets no Request: ${await talk(`${free.url}/event`)}`);
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
}

async function talk(baseUrl: string): Promise<string> {
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl, duplex: "full" }));
  return told(async () => {
    const { sentence } = await eliza.say({ sentence: "Hello" });
    let lines = 0;
    for await (const _line of eliza.introduce({ name: "Ada" })) lines++;
    const requests = [{ sentence: "one" }, { sentence: "two" }];
    const { sentences } = await eliza.collect(requests);
    let answers = 0;
    for await (const _answer of eliza.converse(requests)) answers++;
    return `${sentence} ${lines} lines, ${sentences} sentences, ${answers} answers`;
  });
}

/** A request that is larger than what some hosts take. */
async function sayLong(baseUrl: string): Promise<string> {
  const eliza = createElizaServiceClient(createFetchTransport({ baseUrl, codec: json() }));
  return told(async () => (await eliza.say({ sentence: `${"la ".repeat(200_000)}` })).sentence.slice(0, 40));
}

async function told(call: () => Promise<string>): Promise<string> {
  try {
    return await call();
  } catch (error) {
    return (error as ConnectError).message.replace(/http:\/\/[\d.:]+/, "http://host");
  }
}
