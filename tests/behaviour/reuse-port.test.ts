import { type Server, serve } from "@connect-ts/runtime/node";
import { afterEach, expect, it } from "@jest/globals";

const host = "127.0.0.1";
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: { readonly port?: number; readonly reusePort?: boolean }): Promise<Server> {
  const server = await serve({ handlers: [], host, ...options });
  servers.push(server);
  return server;
}

/** Node takes the option from 22.12 and 23.1 on, and passes over it before. What others do is for them to say. */
function isKnown(): boolean | undefined {
  if ("Bun" in globalThis || "Deno" in globalThis) return undefined;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return process.platform === "linux" && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12));
}

it("servers share a port with reusePort, or are told that they cannot", async () => {
  const first = await start({ reusePort: true }).catch((error: unknown) => error as Error);
  if (first instanceof Error) {
    expect(isKnown()).not.toBe(true);
    expect(first.message).toMatch(
      /^reusePort does not work here: it needs Linux and Node 22\.12 or newer \(this is \w+, Node \d.*\)\. Use node:cluster$/,
    );
    return;
  }
  expect(isKnown()).not.toBe(false);
  const second = await start({ port: first.port, reusePort: true });
  expect(second.port).toBe(first.port);
  await expect(start({ port: first.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

it("reusePort is not for Unix sockets", async () => {
  await expect(serve({ handlers: [], socketPath: "/tmp/never.sock", reusePort: true })).rejects.toThrow(
    new TypeError("reusePort is for TCP ports: leave it out with socketPath"),
  );
});
