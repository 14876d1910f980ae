import { ConnectError, connect, grpc } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { describe, expect, test } from "@jest/globals";
import { MovableClock } from "../behaviour/clock.js";
import { sleep } from "../behaviour/helpers.js";
import { createPingServiceClient, type PingServiceClient } from "../gen/src/ping/v1/ping_connect.js";
import { bodies } from "./misbehaving/bodies.js";
import { connectionFrames } from "./misbehaving/connection-frames.js";
import { ends } from "./misbehaving/ends.js";
import { floods } from "./misbehaving/floods.js";
import { heads } from "./misbehaving/heads.js";
import { hellos } from "./misbehaving/hellos.js";
import { type End, endOf, type Kind, kinds, MisbehavingServer, type Misbehaviour } from "./misbehaving/server.js";

/** What no call takes longer than, in milliseconds: those that wait for nothing but their server take a few. */
const boundMs = 10_000;
const slowMs = 20_000;

/** How a call ends. */
async function call(client: PingServiceClient, kind: Kind, timeoutMs: number): Promise<End> {
  try {
    if (kind === "grpc" || kind === "connect") await client.ping({}, { timeoutMs });
    else for await (const _ of client.countUp({}, { timeoutMs }));
    return "ok";
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return error.code;
  }
}

/** A server, and its client. */
async function start(misbehaviour: Misbehaviour, kind: Kind) {
  const server = new MisbehavingServer(misbehaviour, kind);
  const transport = createNodeTransport({
    baseUrl: `http://127.0.0.1:${await server.listen()}`,
    protocol: kind.startsWith("grpc") ? grpc() : connect(),
    http: "2",
    maxConnections: 1,
  });
  return { kind, server, transport, client: createPingServiceClient(transport) };
}

/** How a call of each kind ends, and how the next one does when the server behaves. */
async function outcomes(misbehaviour: Misbehaviour): Promise<unknown[]> {
  const clock = new MovableClock();
  const trials = await Promise.all(kinds.map((kind) => start(misbehaviour, kind)));
  try {
    const start = performance.now();
    const first = await Promise.all(
      trials.map(({ client, kind }) => call(client, kind, misbehaviour.timeoutMs ?? slowMs)),
    );
    const soon = performance.now() - start < boundMs;
    const before = trials.map(({ server }) => server.sockets.length);
    for (const { server } of trials) server.behave();
    // What the server said last has come.
    if (misbehaviour.next === "new" || misbehaviour.remedy !== undefined) await sleep(10);
    if (misbehaviour.next === "new") {
      // A connection without a word of its server has ended, and the back-off after it too.
      clock.advance(20_000);
      await sleep(1);
      clock.advance(150_000);
    }
    const second = await Promise.all(trials.map(({ client, kind }) => call(client, kind, slowMs)));
    return trials.map(({ kind, server }, i) => ({
      [kind]: first[i],
      soon,
      next: second[i],
      on: server.sockets.length === before[i] ? "same" : "new",
    }));
  } finally {
    for (const { transport } of trials) transport.close?.();
    await Promise.all(trials.map(({ server }) => server.close()));
    clock.restore();
  }
}

const tables: Readonly<Record<string, readonly Misbehaviour[]>> = {
  hellos,
  heads,
  bodies,
  "frames of the connection": connectionFrames,
  ends,
  floods,
};

describe.each(Object.entries(tables))("of %s: a server that", (_name, table) => {
  test.each(table.map((row): [string, Misbehaviour] => [row.server, row]))("%s", async (_server, row) => {
    expect(await outcomes(row)).toEqual(
      kinds.map((kind) => ({ [kind]: endOf(row.ends, kind), soon: true, next: "ok", on: row.next })),
    );
  });
});

test("the tables have at least 100 servers, each once", () => {
  const names = Object.values(tables)
    .flat()
    .map(({ server }) => server);
  expect(names.length).toBeGreaterThanOrEqual(100);
  expect(new Set(names).size).toBe(names.length);
});
