import http, { Agent } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { until } from "../../testing/node/collector.js";
import { beforeConnections, forgetEnded } from "./agent.js";

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
