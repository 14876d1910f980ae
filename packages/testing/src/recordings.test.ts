import { ConnectError, json } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import type { Transport, TransportCall } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import { playCalls, type RecordedCall, type RecordOptions, recordCalls } from "./index.js";
import { type Item, type ItemClient, itemClient, itemSchema, itemService } from "./testing/service.js";

function recorder(options: Partial<RecordOptions> = {}): { readonly client: ItemClient; readonly lines: string[] } {
  const lines: string[] = [];
  const transport = createInProcessTransport(itemService());
  return { client: itemClient(recordCalls(transport, { write: (line) => lines.push(line), ...options })), lines };
}

const calls = (lines: readonly string[]): RecordedCall[] => lines.map((line) => JSON.parse(line));

async function failure(promise: Promise<unknown>): Promise<ConnectError> {
  return promise.then(
    () => new ConnectError("unknown", "the call succeeded"),
    (error: unknown) => ConnectError.from(error),
  );
}

const seen = ({ name, count, data, tags }: Item): unknown => ({ name, count, data: [...data], tags });

/** Everything that a caller sees of calls of all kinds. */
async function session(client: ItemClient): Promise<unknown[]> {
  const log: unknown[] = [];
  const told = (error: ConnectError): unknown => ({
    code: error.code,
    message: error.rawMessage,
    remote: error.isRemote,
    why: error.metadata.get("x-why"),
    details: (error.findDetails(itemSchema) as unknown as Item[]).map(({ name }) => name),
  });
  const options = { headers: { authorization: "Bearer secret-token", "x-key": "secret-key" } };
  const first = await client.get({ name: "a", data: new Uint8Array([1, 2]), tags: ["x"] }, options).response;
  log.push(seen(first.message), first.headers.get("x-head"), first.trailers.get("x-trail"));
  log.push(seen(await client.get({ name: "a" })), seen(await client.get({ name: "a" })));
  log.push(told(await failure(client.get({ name: "bad" }))));
  const list = client.list({ name: "b" });
  log.push((await list.headers).get("x-head"));
  for await (const item of list) log.push(seen(item));
  log.push((await list.trailers).get("x-trail"));
  try {
    for await (const item of client.list({ name: "bad" })) log.push(seen(item));
  } catch (error) {
    log.push(told(ConnectError.from(error)));
  }
  log.push(seen(await client.fill([{ name: "c" }, { name: "d" }])));
  log.push(told(await failure(client.fill([{ name: "bad" }]))));
  const talk = client.talk();
  const answers = talk[Symbol.asyncIterator]();
  for (const name of ["e", "f"]) {
    await talk.send({ name });
    log.push(seen((await answers.next()).value as Item));
  }
  await talk.send({ name: "bad" });
  log.push(told(await failure(answers.next())));
  return log;
}

describe("a recording", () => {
  it.each(["json", "base64"] as const)("as %s plays what was called, of all four kinds", async (messages) => {
    const { client, lines } = recorder({ messages });
    const real = await session(client);
    expect(real).toHaveLength(17);
    expect(lines).toHaveLength(9);
    const text = lines.join("");
    expect(await session(itemClient(playCalls(text)))).toEqual(real);
    // Between different requests and RPCs the order does not count.
    const byProcedure = lines.map((line) => line.trim()).sort((a, b) => a.length - b.length);
    const { get } = itemClient(playCalls(byProcedure));
    expect(seen(await get({ name: "a" }))).toEqual(real[3]);
  });

  it("is the same whatever the codec of the wire, and is read with another one", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const real = await session(
      itemClient(recordCalls(createInProcessTransport(itemService(), { codec: json() }), { write })),
    );
    const binary = recorder();
    await session(binary.client);
    const bodies = (all: readonly string[]): unknown =>
      calls(all).map(({ requests, responses }) => [requests, responses]);
    expect(bodies(lines)).toEqual(bodies(binary.lines));
    expect(await session(itemClient(playCalls(lines)))).toEqual(real);
  });

  it("of messages whose code has no JSON has bytes, and tells when it has JSON and they have none", async () => {
    const lines: string[] = [];
    const transport = recordCalls(createInProcessTransport(itemService()), { write: (line) => lines.push(line) });
    const real = await session(itemClient(withoutJson(transport)));
    expect(calls(lines)[0]?.requests).toEqual([{ base64: "CgFhGgIBAiIBeA==" }]);
    expect(await session(itemClient(withoutJson(playCalls(lines))))).toEqual(real);
    expect(await session(itemClient(playCalls(lines)))).toEqual(real);
    const { client, lines: asJson } = recorder();
    await client.get({ name: "a" });
    const error = await failure(itemClient(withoutJson(playCalls(asJson))).get({ name: "a" }));
    expect(error.code).toBe("internal");
    expect(error.rawMessage).toMatch(
      /^line 1 of the recording has no t\.Item: .*codecs=true, or record with messages: "base64"$/,
    );
  });

  it("has lines that people can read", async () => {
    const { client, lines } = recorder();
    await client.get({ name: "a" }, { headers: { "x-mood": "good" } });
    expect(lines[0]?.endsWith("}\n")).toBe(true);
    expect(calls(lines)[0]).toMatchObject({
      procedure: "/t.S/Get",
      kind: "unary",
      requestHeaders: [["x-mood", "good"]],
      requests: [{ json: { name: "a" } }],
      responses: [{ json: { name: "a 1", count: "1152921504606846976" } }],
      responseTrailers: [["x-trail", "t"]],
    });
  });

  it("has no secrets of headers, of errors neither, and what the option names", async () => {
    const { client, lines } = recorder({ redact: ["X-Key"] });
    await session(client);
    const text = lines.join("");
    expect(text).toContain('["authorization","redacted"]');
    expect(text).toContain('["set-cookie","redacted"]');
    expect(text).toContain('["x-key","redacted"]');
    expect(text).not.toContain("secret-");
  });

  it("is what edit makes of it", async () => {
    const { client, lines } = recorder({
      edit: (call) =>
        call.procedure === "/t.S/Get" ? { ...call, responses: [{ json: { name: "edited" } }] } : undefined,
    });
    await session(client);
    expect(new Set(calls(lines).map(({ procedure }) => procedure))).toEqual(new Set(["/t.S/Get"]));
    expect((await itemClient(playCalls(lines)).get({ name: "a" })).name).toBe("edited");
  });

  it("has a stream that was left, and plays it as far as it was read", async () => {
    const { client, lines } = recorder();
    for await (const _ of client.list({ name: "a" })) break;
    expect(calls(lines)[0]).toMatchObject({ error: { code: "canceled", remote: false }, responses: [{}] });
    const names: string[] = [];
    const played = itemClient(playCalls(lines)).list({ name: "a" });
    const reading = async (): Promise<void> => {
      for await (const { name } of played) names.push(name);
    };
    expect((await failure(reading())).code).toBe("canceled");
    expect(names).toEqual(["first 1"]);
  });

  it("has times where it is asked for, and plays them where it is asked for", async () => {
    const { client, lines } = recorder({ timing: true });
    for await (const _ of client.list({ name: "a" }));
    expect(calls(lines)[0]?.responses[1]?.ms).toBeGreaterThanOrEqual(29);
    const took = async (timing: boolean): Promise<number> => {
      const begin = performance.now();
      for await (const _ of itemClient(playCalls(lines, { timing })).list({ name: "a" }));
      return performance.now() - begin;
    };
    expect(await took(true)).toBeGreaterThan(25);
    const { client: untimed, lines: without } = recorder();
    for await (const _ of untimed.list({ name: "a" }));
    expect(without.join("")).not.toContain('"ms"');
  });

  it("loses nothing of a call when its sink fails", async () => {
    const printed = console.error;
    const told: unknown[] = [];
    console.error = (...args: unknown[]) => void told.push(args[0]);
    const { client } = recorder({
      write() {
        throw new Error("disk full");
      },
    });
    expect((await client.get({ name: "a" })).name).toBe("a 1");
    console.error = printed;
    expect(told).toEqual(["a call of /t.S/Get was not recorded:"]);
    expect(() => recordCalls(createInProcessTransport(itemService()), {} as never)).toThrow(/needs a function/);
  });
});

describe("a call that was not recorded", () => {
  it("fails and shows the nearest one", async () => {
    const { client, lines } = recorder();
    await client.get({ name: "other", tags: ["a", "b"], count: 5n });
    await client.get({ name: "near", tags: ["a", "b"] });
    const player = itemClient(playCalls(lines));
    const { code, rawMessage, isRemote } = await failure(player.get({ name: "near", tags: ["a", "c"] }));
    expect([code, isRemote]).toEqual(["unimplemented", false]);
    expect(rawMessage).toBe(
      'no recorded call of /t.S/Get has the request {"name":"near","tags":["a","c"]}; the nearest is in line 2: tags[1] is "b" there and "c" here',
    );
    expect((await failure(player.fill([{ name: "a" }]))).rawMessage).toBe(
      "no call of /t.S/Fill is in the recording, which has calls of /t.S/Get",
    );
    expect((await failure(itemClient(playCalls("")).get({}))).rawMessage).toContain("which has no calls");
  });

  it("or was played already fails, unless calls repeat", async () => {
    const { client, lines } = recorder();
    for (const _ of [1, 2]) await client.get({ name: "a" });
    const once = itemClient(playCalls(lines));
    const again = itemClient(playCalls(lines, { repeat: true }));
    for (const name of ["a 1", "a 2"]) {
      expect((await once.get({ name: "a" })).name).toBe(name);
      expect((await again.get({ name: "a" })).name).toBe(name);
    }
    expect((await failure(once.get({ name: "a" }))).rawMessage).toBe(
      "all recorded calls of /t.S/Get with this request were played (2, the first in line 1): record again, or set repeat: true",
    );
    expect((await again.get({ name: "a" })).name).toBe("a 2");
  });

  it("fails in the stream that sends something else, when it does", async () => {
    const { client, lines } = recorder();
    await session(client);
    const player = itemClient(playCalls(lines));
    const talk = player.talk();
    const answers = talk[Symbol.asyncIterator]();
    await talk.send({ name: "e" });
    expect((await answers.next()).value?.name).toMatch(/^e /);
    expect((await failure(talk.send({ name: "else" }))).rawMessage).toMatch(
      /the nearest is in line 9: \[1\]\.name is "f" there and "else" here$/,
    );
    expect((await failure(answers.next())).code).toBe("unimplemented");
    expect((await failure(player.fill([{ name: "c" }]))).rawMessage).toMatch(/\[1\]|it has/);
  });
});

it.each([
  ["{", "line 2 of the recording is no JSON"],
  ["{}", "line 2 of the recording is no call: it needs procedure, requests and responses"],
  ["null", "line 2 of the recording is no call: it needs procedure, requests and responses"],
])("a recording with the line %s is refused", (line, text) => {
  expect(() => playCalls(`\n${line}\n`)).toThrow(text);
});

/** Calls as those of code that was generated without JSON. */
function withoutJson(transport: Transport): Transport {
  const bare = <I, O>(call: TransportCall<I, O>): TransportCall<I, O> => {
    const { spec } = call;
    const strip = <T>({
      toJsonString: _,
      fromJsonString: __,
      schema: ___,
      ...type
    }: TransportCall<T, T>["spec"]["input"]) => type;
    return Object.create(call, { spec: { value: { ...spec, input: strip(spec.input), output: strip(spec.output) } } });
  };
  return {
    peer: () => transport.peer(),
    unary: (call, message) => transport.unary(bare(call), message),
    stream: (call) => transport.stream(bare(call)),
  };
}
