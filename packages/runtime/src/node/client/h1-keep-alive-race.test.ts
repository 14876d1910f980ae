import type { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import type { Idempotency, Kind, Spec } from "../../call/spec.js";
import { bindClient } from "../../client/bind-client.js";
import { specOfKind } from "../../testing/client-fixtures.js";
import { useCleanup } from "../../testing/node/cleanup.js";
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
  const client = bindClient(transport);
  const spec = { ...specOfKind(kind), idempotency } as Spec<never, never>;
  const request = {} as never;
  const codes: string[] = [];
  for (let i = 0; i < count; i++) {
    try {
      if (kind === "unary") await (client.unary(spec)(request) as PromiseLike<unknown>);
      else if (kind === "client_streaming")
        await (client.clientStreaming(spec)([request, request] as never) as PromiseLike<unknown>);
      else for await (const _ of client.serverStreaming(spec)(request) as AsyncIterable<never>);
      codes.push("ok");
    } catch (error) {
      codes.push((error as { code: string }).code);
    }
  }
  return { codes, requests };
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
