import {
  binary,
  type Codec,
  type Compression,
  connect,
  connectHandlerProtocol,
  grpcHandlerProtocol,
  grpcWeb,
  grpcWebHandlerProtocol,
  type HandlerContext,
  type HandlerOptions,
  type Interceptor,
  json,
  snappy,
} from "@connect-ts/runtime";
import { createRouter, type HandlerProtocol } from "@connect-ts/runtime/transport";
import { describe, expect, it } from "@jest/globals";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { rejection } from "./helpers.js";
import { type ClientSetup, type Pair, pairs, type Running } from "./pairs.js";
import { pingService } from "./ping-service.js";

/** The four places of an option, in their order: server, server's perMethod, service, service's perMethod. */
const levels = [0, 1, 2, 3] as const;
type Level = (typeof levels)[number];

/** Options of a server and of a service that set something at some of the levels. */
function optionsAt(
  set: readonly Level[],
  at: (level: Level) => HandlerOptions,
): { readonly server: HandlerOptions; readonly service: HandlerOptions } {
  const part = (level: Level): HandlerOptions => (set.includes(level) ? at(level) : {});
  return {
    server: { ...part(0), perMethod: () => part(1) },
    service: { ...part(2), perMethod: () => part(3) },
  };
}

const subsets: readonly (readonly Level[])[] = Array.from({ length: 15 }, (_, i) =>
  levels.filter((level) => (((i + 1) >> level) & 1) === 1),
);
/** What there is to see at other hosts than the first: that each level counts there, too. */
const growing: readonly (readonly Level[])[] = levels.map((last) => levels.slice(0, last + 1));

interface Probe {
  readonly running: Running;
  readonly context: () => HandlerContext;
  readonly heard: Level[];
  client(setup?: ClientSetup): ReturnType<typeof createPingServiceClient>;
}

interface Row {
  readonly option: keyof HandlerOptions;
  /** The level's own value; for options with two values only, `wins` is the one that the level which wins gives. */
  value(level: Level, wins: boolean, heard: Level[]): HandlerOptions;
  /** Finds out which level's value is in effect, or for options with two values whether the winner's is. */
  effect(probe: Probe): Promise<Level | boolean | undefined>;
  /** Where the option has an effect. @default everywhere */
  readonly only?: (name: string) => boolean;
}

const served: readonly (readonly HandlerProtocol[])[] = [
  [connectHandlerProtocol()],
  [grpcWebHandlerProtocol()],
  [connectHandlerProtocol(), grpcWebHandlerProtocol()],
  [grpcHandlerProtocol()],
];
const named = (prefix: string, level: Level): string => `${prefix}${level}`;
const codecOf = (level: Level): Codec => ({ ...json(), name: named("json", level) });
const compressionOf = (level: Level): Compression => ({ ...snappy(), name: named("snappy", level) });
let squeezes = 0;
const counting: Compression = {
  ...snappy(),
  compress(bytes) {
    squeezes++;
    return snappy().compress(bytes);
  },
};
const levelIn = async (error: Promise<{ readonly message: string }>, unit: number): Promise<Level> =>
  (Number(/limit of (\d+) bytes/.exec((await error).message)?.[1]) / unit) as Level;
const works = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  );

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

const rows: readonly Row[] = [
  {
    option: "protocols",
    value: (level) => ({ protocols: served[level] }),
    async effect({ client }) {
      const viaConnect = await works(client({ protocol: connect() }).ping({}));
      const viaGrpcWeb = await works(client({ protocol: grpcWeb() }).ping({}));
      if (viaConnect) return viaGrpcWeb ? 2 : 0;
      return viaGrpcWeb ? 1 : 3;
    },
  },
  {
    option: "codecs",
    value: (level) => ({ codecs: [codecOf(level)] }),
    async effect({ client }) {
      for (const level of levels) if (await works(client({ codec: codecOf(level) }).ping({}))) return level;
      return undefined;
    },
  },
  {
    option: "compressions",
    value: (level) => ({ compressions: [compressionOf(level)], compressMinBytes: 0 }),
    async effect({ client }) {
      for (const level of levels) {
        if (await works(client({ sendCompression: compressionOf(level), compressMinBytes: 0 }).ping({}))) return level;
      }
      return undefined;
    },
  },
  {
    option: "compressMinBytes",
    value: (level) => ({ compressions: [counting], compressMinBytes: 1000 * (level + 1) }),
    async effect({ client }) {
      for (const level of levels) {
        const before = squeezes;
        await client({ acceptCompression: [counting] }).ping({ text: "x".repeat(1100 + 1000 * level) });
        if (squeezes > before) return level;
      }
      return undefined;
    },
  },
  {
    option: "readMaxBytes",
    value: (level) => ({ readMaxBytes: 100 * (level + 1) }),
    effect: async ({ client }) =>
      ((await levelIn(rejection(client().ping({ text: "x".repeat(500) })), 100)) - 1) as Level,
  },
  {
    option: "sendMaxBytes",
    value: (level) => ({ sendMaxBytes: 100 * (level + 1) }),
    effect: async ({ client }) =>
      ((await levelIn(rejection(client().ping({ text: "x".repeat(500) })), 100)) - 1) as Level,
  },
  {
    option: "maxTimeoutMs",
    value: (level) => ({ maxTimeoutMs: 100_000 * (level + 1) }),
    async effect({ client, context }) {
      await client().ping({}, { timeoutMs: 1_000_000 });
      return (Math.ceil((context().timeoutMs() ?? 0) / 100_000) - 1) as Level;
    },
  },
  {
    option: "allowHalfDuplexBidiOverHttp1",
    value: (_, wins) => ({ allowHalfDuplexBidiOverHttp1: wins }),
    effect: ({ client }) => works(drained(client().cumSum([{ number: 1n }]))),
    only: (name) => name === "HTTP/1.1" || name === "fetch client to a Node server",
  },
  {
    option: "onError",
    value: (level, _, heard) => ({ onError: () => heard.push(level) }),
    async effect({ client, heard }) {
      heard.length = 0;
      await rejection(client().sum([]));
      return heard.length === 1 ? heard[0] : undefined;
    },
  },
];

/** TLS makes no difference here. */
const hosts = pairs.filter(({ name }) => !name.includes("TLS"));
const inProcess = pairs.find(({ name }) => name === "in-process") as Pair;

describe.each(hosts)("options of handlers, $name", (pair) => {
  const probed = async <T>(
    set: readonly Level[],
    at: (level: Level, heard: Level[]) => HandlerOptions,
    look: (probe: Probe) => Promise<T>,
  ): Promise<T> => {
    const heard: Level[] = [];
    const { server, service } = optionsAt(set, (level) => at(level, heard));
    let context: HandlerContext | undefined;
    const methods = {
      ...pingService(),
      ping({ text }: { readonly text: string }, given: HandlerContext) {
        context = given;
        return { text };
      },
      sum(): never {
        throw new RangeError("hidden");
      },
    };
    const running = await pair.start(createPingServiceHandler(methods, service), server);
    try {
      return await look({
        running,
        context: () => context as HandlerContext,
        heard,
        client: (setup) => createPingServiceClient(running.transport({ protocol: connect(), ...setup })),
      });
    } finally {
      await running.close();
    }
  };

  const places = pair === inProcess ? subsets : growing;
  const cases = rows
    .filter(({ only }) => only === undefined || only(pair.name))
    .flatMap((row) => places.map((set) => ({ option: row.option, row, set, last: set.at(-1) as Level })));

  it.each(cases)("$option, set at the levels $set: the last one counts", async ({ row, set, last }) => {
    for (const wins of [true, false]) {
      const effect = await probed(
        set,
        (level, heard) => row.value(level, (level === last) === wins, heard),
        (probe) => row.effect(probe),
      );
      if (typeof effect !== "boolean") return expect(effect).toBe(last);
      expect(effect).toBe(wins);
    }
  });

  it.each(places.map((set) => ({ set })))("interceptors of the levels $set all run, outer first", async ({ set }) => {
    const ran: string[] = [];
    const mark =
      (name: string): Interceptor =>
      async (_, next) => {
        ran.push(name);
        await next();
        ran.push(`/${name}`);
      };
    await probed(
      set,
      (level) => ({ interceptors: [mark(`${level}a`), mark(`${level}b`)] }),
      ({ client }) => client().ping({}),
    );
    const names = set.flatMap((level) => [`${level}a`, `${level}b`]);
    expect(ran).toEqual([...names, ...names.reverse().map((name) => `/${name}`)]);
  });
});

describe("options of handlers", () => {
  const ping = pingService();

  it("the same list of interceptors at each level runs once for each", async () => {
    let runs = 0;
    const interceptors: Interceptor[] = [
      async (_, next) => {
        runs++;
        await next();
      },
    ];
    const options = { interceptors, perMethod: () => ({ interceptors }) };
    const running = await inProcess.start(createPingServiceHandler(ping, options), options);
    await createPingServiceClient(running.transport()).ping({});
    expect(runs).toBe(4);
  });

  it("perMethod is asked once for each RPC, with its spec", () => {
    const asked: string[] = [];
    const options: HandlerOptions = {
      perMethod: ({ procedure }) => {
        asked.push(procedure.slice(procedure.lastIndexOf("/") + 1));
        return {};
      },
    };
    createRouter(createPingServiceHandler(ping), options);
    expect(asked).toEqual(["Ping", "Fail", "Sum", "CountUp", "CumSum"]);
  });

  it.each(["context", "perMethod"])("perMethod that gives %s is refused when the service is mounted", (name) => {
    const options = { perMethod: () => ({ [name]: () => ({}) }) };
    const text = `what perMethod gives for /ping.v1.PingService/Ping has no option "${name}": it is an option beside perMethod`;
    expect(() => createRouter(createPingServiceHandler(ping), options)).toThrow(text);
    expect(() => createRouter(createPingServiceHandler(ping, options))).toThrow(text);
  });

  it("undefined is as good as not set", async () => {
    const nothing: HandlerOptions = {
      interceptors: undefined,
      protocols: undefined,
      codecs: undefined,
      compressions: undefined,
      compressMinBytes: undefined,
      readMaxBytes: undefined,
      sendMaxBytes: undefined,
      sendMaxHeaderBytes: undefined,
      sendMaxHeaderPairs: undefined,
      maxTimeoutMs: undefined,
      onError: undefined,
    };
    const service = createPingServiceHandler(ping, { ...nothing, perMethod: () => nothing });
    const server = { readMaxBytes: 100, codecs: [binary()], perMethod: () => nothing };
    const running = await inProcess.start(service, server);
    const client = createPingServiceClient(running.transport());
    expect((await rejection(client.ping({ text: "x".repeat(200) }))).message).toContain("the limit is 100");
  });
});
