import { readFileSync } from "node:fs";
import type { Interceptor } from "@connect-ts/runtime";
import { type ServeOptions, type Server, serve } from "@connect-ts/runtime/node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { until } from "../../behaviour/helpers.js";
import { type Observed, observed, pingService } from "../../behaviour/ping-service.js";
import { createPingServiceHandler } from "../../gen/src/ping/v1/ping_connect.js";
import type { CountUpResponseInit } from "../../gen/src/ping/v1/ping_init.js";
import { testCertificates } from "../../setup/certificates.js";
import type { page as functions, ProtocolName } from "./page.js";

type Functions = typeof functions;

/** A browser, whatever drives it. */
export interface TestedBrowser {
  /** A page that shares nothing with others, and takes any certificate. */
  newPage(): Promise<TestedPage>;
  close(): Promise<unknown>;
}

export interface TestedPage {
  goto(url: string): Promise<unknown>;
  /** Runs a function in the page. It sees its arguments and the page's globals. */
  evaluate<Argument, Result>(run: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>;
  close(): Promise<unknown>;
}

const { server: tls } = testCertificates();
const script = readFileSync(new URL("../.cache/page.js", import.meta.url));

let browser: TestedBrowser;
let page: TestedPage;
let server: Server;
let seen: Observed;

async function start(options: Partial<ServeOptions> = {}): Promise<Server> {
  return serve({
    handlers: createPingServiceHandler(pingService(seen)),
    host: "127.0.0.1",
    tls,
    readMaxBytes: 16 * 1024 * 1024,
    fallback(request, response) {
      if (request.url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
      else response.setHeader("content-type", "text/html").end("<!doctype html><script src=/page.js></script>");
    },
    ...options,
  });
}

/** Runs a function of the page. */
function run<Name extends keyof Functions>(
  name: Name,
  ...args: Parameters<Functions[Name]>
): Promise<Awaited<ReturnType<Functions[Name]>>> {
  const call = ([name, args]: readonly [string, readonly unknown[]]): unknown =>
    (globalThis as unknown as { page: { [name: string]: (...args: readonly unknown[]) => unknown } }).page[name]?.(
      ...args,
    );
  return page.evaluate(call, [name, args] as const) as Promise<Awaited<ReturnType<Functions[Name]>>>;
}

/** Opens the page at a server. */
async function open(at: Server): Promise<void> {
  server = at;
  await page.goto(`https://localhost:${at.port}/`);
}

/** What clients do in a browser. */
export function testBrowser(name: string, launch: () => Promise<TestedBrowser>): void {
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    seen = observed();
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await server.close();
  });

  describe.each<ProtocolName>(["connect", "gRPC-Web"])(`${name}, over TLS and by %s`, (protocol) => {
    it("calls over HTTP/2", async () => {
      await open(await start());
      expect(await run("unary", protocol)).toEqual({ text: "hello", versions: ["h2"] });
    });

    it("gets the error of the service", async () => {
      await open(await start());
      expect(await run("fail", protocol)).toBe("not_found");
    });

    it("reads a stream of 10,000 messages", async () => {
      await open(await start());
      expect(await run("count", protocol, 10_000)).toEqual({ got: 10_000, end: "ok" });
    });

    it("sends 10 MiB and gets them back", async () => {
      await open(await start());
      expect(await run("echo", protocol, 10 * 1024 * 1024)).toBe(true);
    });

    it("gives a call up, and its handler knows of it within 50 ms", async () => {
      let calls = 0;
      const known: number[] = [];
      const watch: Interceptor = (call, next) => {
        calls++;
        call.signal.addEventListener("abort", () => known.push(Date.now()));
        return next();
      };
      await open(await start({ interceptors: [watch] }));
      // The quickest of some, for the machine may have other work.
      let quickest = Number.POSITIVE_INFINITY;
      for (let tries = 1; tries <= 20 && quickest >= 50; tries++) {
        await run("begin", protocol);
        await until(() => calls === tries);
        const { at, end } = await run("giveUp");
        expect(end).toBe("canceled");
        await until(() => seen.aborted.length === tries);
        quickest = Math.min(quickest, (known[tries - 1] ?? 0) - at);
      }
      expect(quickest).toBeLessThan(50);
    });

    it("leaves a stream, and its handler knows of it", async () => {
      await open(await start());
      expect(await run("leave", protocol)).toBe(1);
      await until(() => seen.finished.length === 1);
      // The connection goes on.
      expect(await run("unary", protocol)).toMatchObject({ text: "hello" });
    });

    it("reads a stream to its end while the server drains, and finds the next server", async () => {
      const service = pingService(seen);
      let begin = (): void => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      let goOn = (): void => {};
      const draining = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      async function* countUp(...call: Parameters<typeof service.countUp>): AsyncGenerator<CountUpResponseInit> {
        for await (const message of service.countUp(...call)) {
          yield message;
          if (message.number !== 1_000n) continue;
          begin();
          await draining;
        }
      }
      await open(await start({ handlers: createPingServiceHandler({ ...service, countUp }) }));
      const reading = run("count", protocol, 20_000);
      await begun;
      const { port } = server;
      const drained = server.drain({ graceMs: 20_000 });
      goOn();
      expect(await reading).toEqual({ got: 20_000, end: "ok" });
      await drained;
      server = await start({ port });
      expect(await run("unary", protocol)).toMatchObject({ text: "hello" });
    });

    it("loses no call when its connection becomes too old again and again", async () => {
      let connections = 0;
      const started = await start({ maxConnectionAgeMs: 150 });
      started.listener.on("connection", () => connections++);
      await open(started);
      for (let rounds = 0; connections <= 4 && rounds < 20; rounds++) {
        const ends = await run("many", protocol, 500);
        expect(Object.keys(ends)).toEqual(["ok"]);
      }
      expect(connections).toBeGreaterThan(4);
    });
  });
}
