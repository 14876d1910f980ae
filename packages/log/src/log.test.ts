import { ConnectError, connect, type Interceptor } from "@connect-ts/runtime";
import { createClient } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { type LogEntry, type LogOptions, log } from "./index.js";
import { call, handlerOf, type Item, kinds, service } from "./testing/service.js";

/** A console that keeps what it is given. */
function lines() {
  const written: [level: string, line: string][] = [];
  const at = (level: string) => (line: string) => void written.push([level, line]);
  return { written, logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

/** Pino's shape. */
function objects() {
  const written: [level: string, fields: object, line: string][] = [];
  const at = (level: string) => (fields: object, line: string) => void written.push([level, fields, line]);
  const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => logger };
  return { written, logger };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(["client", "handler"] as const)("on a %s", (side) => {
  const run = async (
    kind: (typeof kinds)[number],
    name: string,
    options: LogOptions = {},
  ): Promise<[string, string][]> => {
    const { written, logger } = lines();
    const interceptor = log({ logger, ...options });
    const on = { client: [interceptor], handler: [] };
    if (side === "handler") await call(createInProcessTransport(handlerOf([interceptor])), kind, name);
    else await call(createInProcessTransport(handlerOf(on.handler)), kind, name, on.client);
    return written;
  };

  it.each([
    ["get", "unary", "req=1/4B res=1/4B"],
    ["list", "server_streaming", "req=1/4B res=2/8B"],
    ["fill", "client_streaming", "req=2/8B res=1/4B"],
    ["talk", "bidi_streaming", "req=2/8B res=2/8B"],
  ] as const)("%s is one line", async (kind, name, sizes) => {
    const written = await run(kind, "ab");
    const procedure = `/t.S/${kind[0]?.toUpperCase()}${kind.slice(1)}`;
    const expected = `^${side} ${procedure} ${name} grpc ok [0-9.]+ms ${sizes}$`;
    expect(written).toEqual([["info", expect.stringMatching(new RegExp(expected))]]);
  });

  it.each([
    ["canceled", "info"],
    ["not_found", "warn"],
    ["unavailable", "warn"],
    ["internal", "error"],
    ["data_loss", "error"],
    ["unknown", "error"],
  ])("%s is at the level %s", async (code, level) => {
    expect(await run("get", `!${code}`)).toEqual([[level, expect.stringContaining(` ${code} `)]]);
  });

  it.each(kinds)("neither headers, messages nor errors of %s are told", async (kind) => {
    const text = JSON.stringify([...(await run(kind, "secret-name")), ...(await run(kind, "bug"))]);
    expect(text).toContain("internal");
    expect(text).not.toMatch(/secret/);
  });

  it("a level of one's own counts, and undefined leaves an entry out", async () => {
    const level = ({ code }: LogEntry) => (code === "ok" ? undefined : "debug");
    expect(await run("get", "a", { level })).toEqual([]);
    expect(await run("get", "!aborted", { level })).toEqual([["debug", expect.stringContaining("aborted")]]);
  });

  it("services and RPCs can be left out", async () => {
    expect(await run("get", "a", { exclude: ["t.S"] })).toEqual([]);
    expect(await run("get", "a", { exclude: ["/t.S/Get"] })).toEqual([]);
    expect(await run("list", "a", { exclude: ["/t.S/Get", "t", "S"] })).toHaveLength(1);
  });

  it("a logger that throws fails no call", async () => {
    const fail = () => {
      throw new Error("the disk is full");
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const handler = handlerOf(side === "handler" ? [log({ logger })] : []);
    const client = createClient(service, createInProcessTransport(handler), {
      interceptors: side === "client" ? [log({ logger })] : [],
    });
    const get = client.get as unknown as (item: Item) => Promise<Item>;
    expect((await get({ name: "a" })).name).toBe("a");
  });
});

it("a logger of pino's shape gets fields and the line", async () => {
  const { written, logger } = objects();
  await call(createInProcessTransport(handlerOf([log({ logger })]), { protocol: connect() }), "get", "!not_found");
  expect(written).toEqual([
    [
      "warn",
      {
        side: "handler",
        procedure: "/t.S/Get",
        kind: "unary",
        protocol: "connect",
        code: "not_found",
        milliseconds: expect.any(Number),
        requestMessages: 1,
        requestBytes: 12,
        responseMessages: 0,
        responseBytes: 0,
      },
      expect.stringMatching(/^handler \/t\.S\/Get unary connect not_found /),
    ],
  ]);
});

it("without a logger lines go to the console", async () => {
  const info = jest.spyOn(console, "info").mockImplementation(() => undefined);
  await call(createInProcessTransport(handlerOf([log()])), "get", "a");
  expect(info.mock.calls).toEqual([[expect.stringMatching(/^handler \/t\.S\/Get /)]]);
});

it("a handler's line has the code that the client is told", async () => {
  const { written, logger } = lines();
  const outer: Interceptor = (_call, next) =>
    next().catch(() => {
      throw new ConnectError("unavailable", "later");
    });
  await call(createInProcessTransport(handlerOf([outer, log({ logger })])), "get", "!not_found");
  expect(written).toEqual([["warn", expect.stringContaining(" unavailable ")]]);
});

it("a line is written though an interceptor further in never returns", async () => {
  const { written, logger } = lines();
  const stuck: Interceptor = async (_call, next) => {
    await next();
    await new Promise(() => undefined);
  };
  const client = createClient(service, createInProcessTransport(handlerOf([])), {
    interceptors: [log({ logger }), stuck],
  });
  const get = client.get as unknown as (item: Item, options: object) => Promise<Item>;
  await expect(get({ name: "a" }, { timeoutMs: 20 })).rejects.toThrow("deadline");
  while (written.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(written).toEqual([["warn", expect.stringContaining(" deadline_exceeded ")]]);
});

describe("what comes from the other side stays in its line", () => {
  it.each([
    ["a line break", "no\nhandler /t.S/Get unary grpc ok", '"no\\u{a}handler /t.S/Get unary grpc ok"'],
    ["a carriage return", "no\rok", '"no\\u{d}ok"'],
    ["a sequence for terminals", "\u001b[2Jno", '"\\u{1b}[2Jno"'],
    ["C1 controls", "no\u009b2J", '"no\\u{9b}2J"'],
    ["separators of Unicode", "no\u2028ok\u2029", '"no\\u{2028}ok\\u{2029}"'],
    ["text that turns around", "no\u202eok", '"no\\u{202e}ok"'],
    ["half a character, which does not travel", "no\ud800", '"no\ufffd"'],
    ["quotes and backslashes", 'no" ok\\', '"no\\" ok\\\\"'],
    ["letters of any language", "größer 大", '"größer 大"'],
  ])("%s", async (_, message, shown) => {
    const { written, logger } = lines();
    const transport = createInProcessTransport(handlerOf([], message));
    await call(transport, "get", "!aborted", [log({ logger, errors: true })]);
    const line = written[0]?.[1] ?? "";
    expect(line).toContain(shown);
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it("long texts are cut", async () => {
    const { written, logger } = objects();
    const transport = createInProcessTransport(handlerOf([], "x".repeat(10_000)));
    await call(transport, "get", "!aborted", [log({ logger, errors: true })]);
    expect(written[0]?.[1]).toMatchObject({ error: `${"x".repeat(200)}…` });
    expect(written[0]?.[2].length).toBeLessThan(400);
  });

  it("the peer's address is told if asked", async () => {
    const { written, logger } = lines();
    await call(createInProcessTransport(handlerOf([])), "get", "a", [log({ logger, peers: true })]);
    expect(written[0]?.[1]).toMatch(/B in-process$/);
  });
});
