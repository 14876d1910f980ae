import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  fromJson,
  type JsonValue,
  type Message,
  type MessageShape,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError, type ErrorDetail, type HandlerContext } from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import type { Transport } from "@connect-ts/runtime/transport";
import { type RetryOptions, withRetry } from "../with-retry.js";

const rpc = (name: string, idempotencyLevel: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  options: { idempotencyLevel },
  ...kind,
});
const serverStreaming = { serverStreaming: true };
const clientStreaming = { clientStreaming: true };

const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "t.proto",
        package: "t",
        syntax: "proto3",
        messageType: [
          {
            name: "Item",
            field: [{ name: "name", number: 1, label: "LABEL_OPTIONAL", type: "TYPE_STRING", jsonName: "name" }],
          },
        ],
        service: [
          {
            name: "S",
            method: [
              rpc("Get", "NO_SIDE_EFFECTS"),
              rpc("Put", "IDEMPOTENT"),
              rpc("Post", "IDEMPOTENCY_UNKNOWN"),
              rpc("List", "NO_SIDE_EFFECTS", serverStreaming),
              rpc("Feed", "IDEMPOTENCY_UNKNOWN", serverStreaming),
              rpc("Fill", "IDEMPOTENT", clientStreaming),
              rpc("Talk", "IDEMPOTENT", { ...serverStreaming, ...clientStreaming }),
            ],
          },
        ],
      },
    ],
  }),
);
/** A service with RPCs of all kinds, of which it is safe to repeat all but Post and Feed. */
export function serviceOf(): DescService {
  const service = registry.getService("t.S");
  if (service === undefined) throw new Error("the schema has no service");
  return service;
}

const service = serviceOf();
const itemType = registry.getMessage("t.Item") as DescMessage;

type Item = MessageShape<DescMessage> & { readonly name: string };
const item = (name: string): Message => fromJson(itemType, { name });

/** What an attempt is answered: well, by an error, by an error after a message, or never. */
export type Answer =
  | "ok"
  | "late"
  | "hang"
  | Code
  | {
      readonly code: Code;
      readonly metadata: { readonly [name: string]: string };
      readonly details?: readonly ErrorDetail[];
    };

/** What the server saw of an attempt. */
export interface Seen {
  readonly previous: string | null;
  readonly requests: string[];
}

/**
 * Runs a call with short times, and with longer ones where those were over before the server was reached as often as it is to be:
 * on a busy machine. The last run counts.
 */
export async function patiently(
  attempts: number,
  run: (factor: number) => Scripted | Promise<Scripted>,
): Promise<Scripted> {
  let server = await run(1);
  for (let factor = 8; factor <= 64 && server.attempts.length !== attempts; factor *= 8) server = await run(factor);
  return server;
}

/** A server that answers attempt by attempt as it is told, and a client of it that retries. */
export class Scripted {
  readonly answers: Answer[];
  readonly attempts: Seen[] = [];
  readonly transport: Transport;
  readonly client: ReturnType<typeof createClient>;

  constructor(
    answers: readonly Answer[],
    options: RetryOptions,
    wrap: (inner: Transport) => Transport = (inner) => inner,
  ) {
    this.answers = [...answers];
    const single = (request: Item, context: HandlerContext): Promise<Message> => this.single(context, [request.name]);
    const handler = createHandler(service, {
      get: single,
      put: single,
      post: single,
      list: (request: Item, context: HandlerContext) => this.stream(context, one(request)),
      feed: (request: Item, context: HandlerContext) => this.stream(context, one(request)),
      fill: async (requests: AsyncIterable<Item>, context: HandlerContext) => {
        const names: string[] = [];
        for await (const { name } of requests) names.push(name);
        return this.single(context, names);
      },
      talk: (requests: AsyncIterable<Item>, context: HandlerContext) => this.stream(context, requests),
    });
    this.transport = withRetry(wrap(createInProcessTransport(handler)), options);
    this.client = createClient(service, this.transport);
  }

  next(context: HandlerContext, requests: string[]): Answer {
    const answer = this.answers[this.attempts.length] ?? "ok";
    this.attempts.push({ previous: context.requestHeaders.get("grpc-previous-rpc-attempts"), requests });
    return answer;
  }

  async single(context: HandlerContext, requests: string[]): Promise<Message> {
    const answer = this.next(context, requests);
    await refuse(answer, context);
    return item(requests.join());
  }

  async *stream(context: HandlerContext, requests: AsyncIterable<Item>): AsyncGenerator<Message, void, undefined> {
    const names: string[] = [];
    const answer = this.next(context, names);
    if (answer !== "ok" && answer !== "late") {
      for await (const { name } of requests) names.push(name);
      await refuse(answer, context);
    }
    for await (const { name } of requests) {
      names.push(name);
      yield item(name);
      if (answer === "late") throw new ConnectError("unavailable", "late");
    }
  }

  /** Makes a call of whatever kind, and gives what came: the names in the answers, or the error. */
  async call(method: string, options: object = {}): Promise<{ got: string; error?: ConnectError }> {
    const { client } = this;
    const call = client[method] as unknown as (request: unknown, options: object) => unknown;
    const requests = method === "fill" || method === "talk" ? many() : { name: "a" };
    const got: string[] = [];
    try {
      const result = call(requests, options);
      if (method === "list" || method === "feed" || method === "talk") {
        for await (const { name } of result as AsyncIterable<Item>) got.push(name);
      } else got.push(((await result) as Item).name);
      return { got: got.join() };
    } catch (error) {
      return { got: got.join(), error: ConnectError.from(error) };
    }
  }
}

async function refuse(answer: Answer, { signal }: HandlerContext): Promise<void> {
  if (answer === "hang") {
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(ConnectError.from(signal.reason))));
  }
  if (answer === "ok" || answer === "late" || answer === "hang") return;
  const { code, metadata, details } =
    typeof answer === "object" ? answer : { code: answer, metadata: {}, details: undefined };
  throw new ConnectError(code, "scripted", { metadata, details });
}

async function* one<T>(value: T): AsyncGenerator<T, void, undefined> {
  yield value;
}

async function* many(): AsyncGenerator<{ name: string }, void, undefined> {
  yield { name: "a" };
  yield { name: "b" };
}
