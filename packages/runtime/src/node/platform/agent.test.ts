import http, { Agent, type ClientRequest } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { until } from "../../testing/node/collector.js";
import { beforeConnections, forgetEnded, newConnectionsOf } from "./agent.js";

const onCleanup = useCleanup();

async function listen(): Promise<number> {
  const server = http.createServer((_request, response) => response.end("hello"));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Gives the text of an answer, and whether its connection was a kept one. */
function get(port: number, agent: Agent): Promise<[text: string, reused: boolean]> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, agent }, (response) => {
      response.on("data", (chunk) => resolve([String(chunk), request.reusedSocket]));
    });
    request.on("error", reject);
  });
}

it("an agent is asked for each connection, and gives it when it may", async () => {
  const agent = new Agent({ keepAlive: true });
  onCleanup(() => agent.destroy());
  const waiting: (() => void)[] = [];
  beforeConnections(agent, (go) => waiting.push(go));
  const port = await listen();
  for (const reused of [false, true]) {
    const answer = get(port, agent);
    await until(() => waiting.length === 1);
    waiting.pop()?.();
    expect(await answer).toEqual(["hello", reused]);
    await until(() => Object.values(agent.freeSockets).flat().length === 1);
  }
});

it("a kept connection that is over is not handed out, also before it is closed", async () => {
  const agent = new Agent({ keepAlive: true });
  onCleanup(() => agent.destroy());
  const port = await listen();
  await Promise.all([get(port, agent), get(port, agent)]);
  const kept = () => Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
  await until(() => kept().length === 2);
  kept()[1]?.destroy();
  expect(kept()).toHaveLength(2);
  forgetEnded(agent);
  expect(kept().map(({ destroyed }) => destroyed)).toEqual([false]);
  expect(await get(port, agent)).toEqual(["hello", true]);
});

it("a request goes on a new connection, and those that the agent hands out in its place are closed", async () => {
  const agent = new Agent({ keepAlive: true });
  onCleanup(() => agent.destroy());
  const port = await listen();
  const kept = () => Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
  await Promise.all([get(port, agent), get(port, agent)]);
  await until(() => kept().length === 2);
  const before = kept();
  expect(await get(port, newConnectionsOf(agent))).toEqual(["hello", false]);
  expect(before.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  await until(() => kept().length === 1);
  expect(await get(port, agent)).toEqual(["hello", true]);
});

it("an agent that calls all connections reused is asked some hundred times", async () => {
  let asked = 0;
  const agent = Object.assign(new Agent(), {
    addRequest: (request: ClientRequest) => {
      asked++;
      request.reusedSocket = true;
      request.onSocket(new Socket());
    },
  });
  const request = http.get({ agent: newConnectionsOf(agent) });
  request.on("error", () => {});
  await new Promise((resolve) => request.once("socket", resolve));
  request.destroy();
  expect(asked).toBe(257);
});
