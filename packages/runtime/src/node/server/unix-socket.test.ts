import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";

const onCleanup = useCleanup();

describe.each(["1.1", "2"] as const)("a Unix socket with HTTP/%s", (http) => {
  it("carries calls, whatever the URL's host", async () => {
    const folder = mkdtempSync(join(tmpdir(), "connect-ts-socket-"));
    onCleanup(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, "rpc.sock");
    const router = new TestRouter();
    const server = await serveRouter(router, { socketPath });
    onCleanup(() => server.close());
    expect(server.address).toBe(socketPath);
    expect(server.port).toBe(0);
    expect(server.url).toBe(`unix:${socketPath}`);
    const client = createNodeHttpClient({ baseUrl: "http://service.internal", socketPath, http });
    onCleanup(() => client.close?.());
    const response = new Collector();
    const stream = client.request(requestTo("/test/a"), response);
    stream.end(Buffer.from("hello"));
    await response.over;
    expect(response.text).toBe("hello");
    expect(stream.remote()?.address).toBe("unix");
    expect(router.last.request.address).toBe("unix");
    expect(router.last.request.url).toBe("http://service.internal/test/a");
  });
});

describe("the file of a Unix socket", () => {
  it("that a killed process left behind is taken over", async () => {
    const folder = mkdtempSync(join(tmpdir(), "connect-ts-socket-"));
    onCleanup(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, "rpc.sock");
    const script = `require("node:net").createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", script]);
    expect(existsSync(socketPath)).toBe(true);
    const server = await serveRouter(new TestRouter(), { socketPath });
    onCleanup(() => server.close());
    expect(server.listener.listening).toBe(true);
  });

  it("to which somebody listens, or which is another file, is left alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "connect-ts-socket-"));
    onCleanup(() => rmSync(folder, { recursive: true }));
    const socketPath = join(folder, "rpc.sock");
    const server = await serveRouter(new TestRouter(), { socketPath });
    onCleanup(() => server.close());
    await expect(serveRouter(new TestRouter(), { socketPath })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(server.listener.listening).toBe(true);
    const file = join(folder, "file");
    writeFileSync(file, "precious");
    await expect(serveRouter(new TestRouter(), { socketPath: file })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(readFileSync(file, "utf8")).toBe("precious");
  });
});
