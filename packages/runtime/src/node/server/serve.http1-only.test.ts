import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "@jest/globals";
import { makeCertificates } from "../../testing/node/certificates.js";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import { TestRouter } from "../../testing/node/echo-router.js";
import { requestTo } from "../../testing/node/request-head.js";
import { serveRouter } from "../../testing/node/test-server.js";
import { createNodeHttpClient } from "../client/http-client.js";
import { serve } from "./serve.js";

const onCleanup = useCleanup();
const { ca, server: pair } = makeCertificates();

async function start(options: Parameters<typeof serveRouter>[1]): Promise<number> {
  const server = await serveRouter(new TestRouter(), { http2: false, ...options });
  onCleanup(() => server.close());
  return server.port;
}

describe("serve({ http2: false })", () => {
  it.each([
    ["without TLS", "http"],
    ["with TLS", "https"],
  ])("serves HTTP/1.1 %s", async (_name, scheme) => {
    const port = await start(scheme === "https" ? { tls: pair } : {});
    const client = createNodeHttpClient({
      baseUrl: `${scheme}://localhost:${port}`,
      ...(scheme === "https" ? { tls: { ca } } : {}),
    });
    onCleanup(() => client.close?.());
    const response = new Collector();
    client.request(requestTo("/test/a"), response).end(Buffer.from("hello"));
    await response.over;
    expect(response.text).toBe("hello");
  });

  it("answers the preface of HTTP/2 as HTTP/1.1 has it, and closes", async () => {
    const session = http2.connect(`http://127.0.0.1:${await start({})}`);
    let failed = false;
    session.on("error", () => {
      failed = true;
    });
    await until(() => failed && session.destroyed);
    const raw = net.connect(await start({}), "127.0.0.1");
    onCleanup(() => raw.destroy());
    let text = "";
    raw.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    raw.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await until(() => text.includes("\r\n\r\n"));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("agrees on HTTP/1.1 by ALPN, and on nothing with a client that has HTTP/2 alone", async () => {
    const port = await start({ tls: pair });
    const both = tls.connect({ port, host: "localhost", ca, ALPNProtocols: ["h2", "http/1.1"] });
    onCleanup(() => both.destroy());
    await new Promise<void>((resolve) => both.once("secureConnect", () => resolve()));
    expect(both.alpnProtocol).toBe("http/1.1");
    const one = tls.connect({ port, host: "localhost", ca, ALPNProtocols: ["h2"] });
    const error = await new Promise<Error & { code?: string }>((resolve) => one.once("error", resolve));
    expect(error.code).toBe("ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL");
  });

  it("is an option that says yes or no", async () => {
    await expect(serve({ handlers: [], http2: "no" as unknown as boolean })).rejects.toThrow("http2");
  });
});

describe.each([
  ["HTTP/1.1 and HTTP/2", true],
  ["HTTP/1.1 alone", false],
])("serve() of %s", (_name, http2Too) => {
  it.each([
    ["without TLS", undefined],
    ["with TLS", pair],
  ])("closes a connection %s that says nothing", async (_tls, pairOfKeys) => {
    const server = await serveRouter(new TestRouter(), { http2: http2Too, headersTimeoutMs: 60, tls: pairOfKeys });
    onCleanup(() => server.close());
    const { port } = server;
    const socket =
      pairOfKeys === undefined
        ? net.connect(port, "localhost")
        : tls.connect({ port, host: "localhost", ca, ALPNProtocols: ["http/1.1"] });
    onCleanup(() => socket.destroy());
    socket.on("error", () => {}).resume();
    await until(() => socket.destroyed || socket.readableEnded);
  });
});
