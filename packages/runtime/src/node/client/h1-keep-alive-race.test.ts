import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Agent, type AgentOptions } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { Idempotency, Kind, Spec } from "../../call/spec.js";
import { bindClient } from "../../client/bind-client.js";
import type { Transport } from "../../client/transport.js";
import { specOfKind } from "../../testing/client-fixtures.js";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { sleep, until } from "../../testing/node/collector.js";
import { rawServer } from "../../testing/node/raw-server.js";
import { createNodeTransport } from "./transport.js";

const onCleanup = useCleanup();

/** Answers of the Connect protocol: an empty message, and the end of a stream. */
const answers: { readonly [type: string]: string } = {
  "application/proto": "\r\ncontent-length: 0\r\n\r\n",
  "application/connect+proto": "\r\ncontent-length: 12\r\n\r\n\0\0\0\0\0\x02\0\0\0\x02{}",
};

/**
 * Makes calls one after the other to a server that does something else than to answer at some of them.
 *
 * @returns how each ended, and how many requests the server has seen
 */
async function calls(
  kind: Kind,
  idempotency: Idempotency,
  count: number,
  instead: (socket: Socket, request: number, connection: number) => boolean,
): Promise<{ readonly codes: readonly string[]; readonly requests: number }> {
  let requests = 0;
  const server = await rawServer((text, socket, connection) => {
    // The rest of a request whose head came alone.
    const type = /content-type: (\S+)/.exec(text)?.[1];
    if (type === undefined) return;
    if (!instead(socket, ++requests, connection))
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}${answers[type]}`);
  });
  onCleanup(() => server.close());
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}` });
  onCleanup(() => transport.close?.());
  const codes: string[] = [];
  for (let i = 0; i < count; i++) codes.push(await call(transport, kind, idempotency));
  return { codes, requests };
}

/** Makes a call, and says how it ended. */
async function call(transport: Transport, kind: Kind, idempotency: Idempotency): Promise<string> {
  const client = bindClient(transport);
  const spec = { ...specOfKind(kind), idempotency } as Spec<never, never>;
  const request = {} as never;
  try {
    if (kind === "unary") await (client.unary(spec)(request) as PromiseLike<unknown>);
    else if (kind === "client_streaming")
      await (client.clientStreaming(spec)([request, request] as never) as PromiseLike<unknown>);
    else for await (const _ of client.serverStreaming(spec)(request) as AsyncIterable<never>);
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const kinds = ["unary", "server_streaming", "client_streaming"] as const;

describe.each(kinds)("a %s call on a connection that was kept and ends before a byte of the answer", (kind) => {
  const dies = (socket: Socket, request: number): boolean => {
    if (request === 2) socket.destroy();
    return request === 2;
  };

  it.each(["no_side_effects", "idempotent"] as const)("runs again when the RPC is %s", async (idempotency) => {
    expect(await calls(kind, idempotency, 3, dies)).toEqual({ codes: ["ok", "ok", "ok"], requests: 4 });
  });

  it("does not run again when the RPC may have side effects", async () => {
    expect(await calls(kind, "unknown", 3, dies)).toEqual({ codes: ["ok", "unavailable", "ok"], requests: 3 });
  });

  it("runs again once, and on a new connection", async () => {
    const fromThen = (socket: Socket, request: number): boolean => {
      if (request > 1) socket.destroy();
      return request > 1;
    };
    expect(await calls(kind, "idempotent", 2, fromThen)).toEqual({ codes: ["ok", "unavailable"], requests: 3 });
  });
});

describe("a call that does not run again, however idempotent", () => {
  it("is one on a new connection", async () => {
    const first = (socket: Socket, request: number): boolean => {
      if (request === 1) socket.destroy();
      return request === 1;
    };
    expect(await calls("unary", "idempotent", 2, first)).toEqual({ codes: ["unavailable", "ok"], requests: 2 });
  });

  it("is one whose answer has begun", async () => {
    const begins = (socket: Socket, request: number): boolean => {
      if (request === 2) socket.end("HTTP/1.1 200 OK\r\n");
      return request === 2;
    };
    expect((await calls("unary", "idempotent", 2, begins)).requests).toBe(2);
  });
});

/** Keeps no connections itself, as an agent that chooses a proxy for each request: another has them. */
class AgentBefore extends Agent {
  readonly other: Agent;

  constructor(options: AgentOptions) {
    super(options);
    this.other = new Agent(options);
  }

  createSocket(request: unknown, options: object): void {
    (this.other as unknown as { addRequest(request: unknown, options: object): void }).addRequest(request, options);
  }

  override destroy(): void {
    this.other.destroy();
    super.destroy();
  }
}

const certificates = makeCertificates();
const agents: readonly (readonly [string, () => Agent | undefined, secure?: boolean])[] = [
  ["our agent", () => undefined],
  ["our agent, and HTTP/1.1 chosen by ALPN", () => undefined, true],
  ["an agent of the user's", () => new Agent({ keepAlive: true })],
  ["one that may have no more connections", () => new Agent({ keepAlive: true, maxSockets: 3, maxTotalSockets: 3 })],
  ["one that leaves the connections to another", () => new AgentBefore({ keepAlive: true })],
];

describe.each(agents)("with %s", (_, agentOf, secure = false) => {
  it.each(kinds)("a %s call runs again on a connection that no request had before", async (kind) => {
    const held: (() => void)[] = [];
    const heads: number[] = [];
    let used = (_socket: Socket): boolean => false;
    const server = await rawServer(
      (text, socket, connection) => {
        const type = /content-type: (\S+)/.exec(text)?.[1];
        if (type === undefined) return;
        const before = heads.includes(connection);
        heads.push(connection);
        if (before && used(socket)) return;
        held.push(() => socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}${answers[type]}`));
        if (heads.length > 4) held.pop()?.();
      },
      secure ? certificates.server : undefined,
    );
    onCleanup(() => server.close());
    const agent = agentOf();
    onCleanup(() => agent?.destroy());
    const transport = createNodeTransport({
      baseUrl: `${secure ? "https" : "http"}://127.0.0.1:${server.port}`,
      ...(secure ? { tls: { ca: certificates.ca } } : undefined),
      ...(agent ? { agent } : undefined),
    });
    onCleanup(() => transport.close?.());

    // Three connections are kept, for a while.
    const first = [1, 2, 3].map(() => call(transport, kind, "idempotent"));
    await until(() => held.length === 3);
    for (const answer of held.splice(0)) answer();
    expect(await Promise.all(first)).toEqual(["ok", "ok", "ok"]);
    await sleep(150);

    // One has a call. That on another is lost, and when it runs again, the first is given back.
    const other = call(transport, kind, "idempotent");
    await until(() => held.length === 1);
    used = (socket) => {
      socket.destroy();
      return true;
    };
    const giveBack = (message: unknown): void => {
      if ((message as { origin: string }).origin.endsWith(`:${server.port}`)) held.pop()?.();
    };
    subscribe("connect-ts:client:call-retried", giveBack);
    onCleanup(() => void unsubscribe("connect-ts:client:call-retried", giveBack));
    expect(await call(transport, kind, "idempotent")).toBe("ok");
    expect(await other).toBe("ok");
    expect(heads).toHaveLength(6);
    expect(new Set(heads.slice(0, 3)).size).toBe(3);
    expect(heads.at(-1)).toBe(3);
  });
});

it("a call that waited for its connection, since there may be no more, runs again too", async () => {
  const sockets: Socket[] = [];
  const heads: number[] = [];
  const server = await rawServer((text, socket, connection) => {
    const type = /content-type: (\S+)/.exec(text)?.[1];
    if (type === undefined) return;
    sockets.push(socket);
    heads.push(connection);
    if (heads.length === 2) socket.destroy();
    else socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}${answers[type]}`);
  });
  onCleanup(() => server.close());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onCleanup(() => agent.destroy());
  const transport = createNodeTransport({ baseUrl: `http://127.0.0.1:${server.port}`, agent });
  onCleanup(() => transport.close?.());
  const ended = [1, 2].map(() => call(transport, "unary", "idempotent"));
  expect(await Promise.all(ended)).toEqual(["ok", "ok"]);
  expect(heads).toEqual([0, 0, 1]);
});
