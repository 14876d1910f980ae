import { createValidator } from "@bufbuild/protovalidate";
import { ConnectError, connect, grpc, grpcWeb, type Interceptor } from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { registry, serviceOf } from "./testing/schema.js";
import { validate } from "./validate.js";
import { violationsOf } from "./violations-of.js";

interface Item {
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly prices?: { readonly [name: string]: string };
  readonly part?: { readonly size: string };
}

interface Sides {
  readonly client?: Interceptor[];
  readonly handler?: Interceptor[];
}

const kinds = ["get", "list", "fill", "talk"] as const;
const streaming = (kind: string): boolean => kind === "fill" || kind === "talk";

/** A service that answers what it is sent, or what it is told to, and counts the messages that reach it. */
function open({ client = [], handler = [] }: Sides, answer?: Item) {
  let seen = 0;
  const hidden: Error[] = [];
  const see = (item: Item): Item => {
    seen++;
    return answer ?? item;
  };
  const service = createHandler(
    serviceOf(),
    {
      get: (item: Item) => see(item),
      async *list(item: Item) {
        yield see(item);
      },
      async fill(items: AsyncIterable<Item>) {
        let last: Item = {};
        for await (const item of items) last = see(item);
        return last;
      },
      async *talk(items: AsyncIterable<Item>) {
        for await (const item of items) yield see(item);
      },
      wrong: (item: Item) => see(item),
    },
    { interceptors: handler, onError: (error) => hidden.push(error as Error) },
  );
  const methods = createClient(serviceOf(), createInProcessTransport(service), { interceptors: client });
  return {
    seen: () => seen,
    hidden: () => hidden,
    async call(kind: string, ...items: Item[]): Promise<ConnectError | undefined> {
      const method = methods[kind] as unknown as (request: unknown) => Promise<unknown> & AsyncIterable<unknown>;
      try {
        const result = method(streaming(kind) ? items : items[0]);
        if (kind === "list" || kind === "talk") for await (const _ of result);
        else await result;
        return undefined;
      } catch (error) {
        return ConnectError.from(error);
      }
    },
  };
}

const good: Item = { name: "tea", tags: ["hot"], prices: { cup: "1" }, part: { size: "small" } };
const bad: Item = { name: "x", tags: ["ok", "long!"], prices: { 'a"b': "" }, part: { size: "huge" } };

describe.each(["client", "handler"] as const)("on a %s", (side) => {
  const sides = { [side]: [validate()] };

  it.each(kinds)("good messages of %s pass", async (kind) => {
    const { call, seen } = open(sides);
    expect(await call(kind, good, good)).toBeUndefined();
    expect(seen()).toBe(streaming(kind) ? 2 : 1);
  });

  it.each(kinds)("a bad message of %s fails with invalid_argument and the violations", async (kind) => {
    const { call, seen } = open(sides);
    const error = await call(kind, bad);
    expect(error?.code).toBe("invalid_argument");
    expect(violationsOf(error)).toEqual(
      new Map([
        ["name", ["must be at least 2 characters"]],
        ["tags[1]", ["must be at most 3 characters"]],
        ['prices["a\\"b"]', ["must be at least 1 characters"]],
        ["part.size", ["must be in list [small, large]"]],
      ]),
    );
    const which = kind === "get" ? "request message" : "request message 0";
    expect(error?.rawMessage).toMatch(new RegExp(`^${which}: name: must be at least 2 characters.* \\(and 3 more\\)$`));
    expect(seen()).toBe(0);
  });

  it.each(["fill", "talk"])("each message of %s is looked at", async (kind) => {
    const { call, seen } = open(sides);
    const error = await call(kind, good, good, { name: "y" });
    expect([error?.code, error?.rawMessage]).toEqual([
      "invalid_argument",
      expect.stringMatching(/^request message 2: name: must be at least 2 characters/),
    ]);
    expect(seen()).toBeLessThanOrEqual(2);
  });

  it.each(kinds)("responses of %s are looked at only if asked", async (kind) => {
    expect(await open(sides, { name: "z" }).call(kind, good)).toBeUndefined();
    const error = await open({ [side]: [validate({ responses: true })] }, { name: "z" }).call(kind, good);
    expect([error?.code, error?.rawMessage]).toEqual(["internal", expect.stringContaining("response message")]);
    expect([...violationsOf(error).keys()]).toEqual(["name"]);
  });

  it("a rule that is wrong fails with internal, and this side alone is told why", async () => {
    const { call, hidden } = open({ [side]: [validate()] });
    const error = await call("wrong", good);
    const told = side === "client" ? error : hidden()[0];
    expect(error?.code).toBe("internal");
    expect(String(told)).toMatch(/cannot validate t\.Bad: its rules are wrong$/);
    expect(told?.cause).toBeInstanceOf(Error);
    if (side === "handler") expect(error?.rawMessage).toBe("");
    expect(violationsOf(error)).toEqual(new Map());
  });

  it("a validator of one's own is taken", async () => {
    const error = await open({ [side]: [validate({ validator: createValidator({ failFast: true }) })] }).call(
      "get",
      bad,
    );
    expect([...violationsOf(error).keys()]).toEqual(["name"]);
  });
});

it.each([connect, grpc, grpcWeb])("violations travel over %p", async (protocol) => {
  const handler = createHandler(serviceOf(), { get: (item: never) => item } as never, { interceptors: [validate()] });
  const server = await serve({ handlers: handler, host: "127.0.0.1" });
  const transport = createNodeTransport({ baseUrl: server.url, protocol: protocol() });
  try {
    const client = createClient(serviceOf(), transport);
    const get = client.get as unknown as (item: Item) => Promise<unknown>;
    const error = await get({ name: "x" }).catch((reason: unknown) => reason);
    expect(violationsOf(error)).toEqual(new Map([["name", ["must be at least 2 characters"]]]));
  } finally {
    transport.close?.();
    await server.close();
  }
});

describe("where codecs carry no descriptors", () => {
  const bare: Interceptor = async (call, next) => {
    const { schema, ...spec } = call.spec;
    const strip = ({ schema: __, ...codec }: typeof spec.input) => codec;
    const importSchema = isHandler ? async () => schema : undefined;
    const inner = Object.create(call, {
      spec: { value: { ...spec, input: strip(spec.input), output: strip(spec.output), importSchema } },
    });
    await validators.at(-1)?.(inner, next);
  };
  const validators: Interceptor[] = [];
  let isHandler = false;

  it.each(kinds)("a handler imports them for %s", async (kind) => {
    isHandler = true;
    validators.push(validate({ responses: true }));
    expect(await open({ handler: [bare] }).call(kind, good)).toBeUndefined();
    expect((await open({ handler: [bare] }).call(kind, bad))?.code).toBe("invalid_argument");
    isHandler = false;
  });

  it("a client finds them in a registry, or says that it needs one", async () => {
    validators.push(validate({ registry }));
    expect((await open({ client: [bare] }).call("get", bad))?.code).toBe("invalid_argument");
    validators.push(validate());
    const error = await open({ client: [bare] }).call("get", good);
    expect([error?.code, error?.rawMessage]).toEqual([
      "internal",
      "cannot validate t.Item: generated codecs have no descriptors; give validate() a registry that has it",
    ]);
  });
});

it.each([undefined, "text", new Error("no"), new ConnectError("internal", "no")])("%p has no violations", (error) => {
  expect(violationsOf(error)).toEqual(new Map());
});
