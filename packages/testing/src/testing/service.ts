import { createFileRegistry, type DescMessage, type DescService, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  type BidiStream,
  type CallOptions,
  type ClientOptions,
  ConnectError,
  type HandlerContext,
  type ServerStream,
  type ServiceHandler,
  type UnaryCall,
} from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import type { Transport } from "@connect-ts/runtime/transport";

const rpc = (name: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  ...kind,
});
const field = (name: string, number: number, type: string, label = "LABEL_OPTIONAL"): JsonValue => ({
  name,
  number,
  label,
  type,
  jsonName: name,
});
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
            field: [
              field("name", 1, "TYPE_STRING"),
              field("count", 2, "TYPE_INT64"),
              field("data", 3, "TYPE_BYTES"),
              field("tags", 4, "TYPE_STRING", "LABEL_REPEATED"),
            ],
          },
        ],
        service: [
          {
            name: "S",
            method: [
              rpc("Get"),
              rpc("List", { serverStreaming: true }),
              rpc("Fill", { clientStreaming: true }),
              rpc("Talk", { serverStreaming: true, clientStreaming: true }),
            ],
          },
        ],
      },
    ],
  }),
);
const service = registry.getService("t.S") as DescService;
export const itemSchema: DescMessage = registry.getMessage("t.Item") as DescMessage;

export interface Item {
  readonly name: string;
  readonly count: bigint;
  readonly data: Uint8Array;
  readonly tags: readonly string[];
}
type Init = Partial<Item>;

/** A client with an RPC of each kind. */
export interface ItemClient {
  get(item: Init, options?: CallOptions): UnaryCall<Item>;
  list(item: Init, options?: CallOptions): ServerStream<Item>;
  fill(items: Iterable<Init> | AsyncIterable<Init>, options?: CallOptions): UnaryCall<Item>;
  talk(options?: CallOptions): BidiStream<Init, Item>;
}

export function itemClient(transport: Transport, options?: ClientOptions): ItemClient {
  return createClient(service, transport, options) as unknown as ItemClient;
}

/** Counts its calls in what it answers. An item of the name "bad" fails. */
export function itemService(): ServiceHandler {
  let calls = 0;
  const begin = ({ responseHeaders, responseTrailers }: HandlerContext): void => {
    responseHeaders.set("x-head", "h");
    responseHeaders.set("set-cookie", "session=secret-cookie");
    responseTrailers.set("x-trail", "t");
  };
  const answer = ({ name, data }: Init): Init => {
    if (name === "bad") {
      const metadata = { "x-why": "asked-for", "x-key": "secret-key" };
      throw new ConnectError("not_found", "no such item", { metadata }).addDetail(itemSchema, { name: "detail" });
    }
    return { name: `${name} ${++calls}`, count: 2n ** 60n, ...(data && { data }) };
  };
  return createHandler(service, {
    get(item: Item, context: HandlerContext) {
      begin(context);
      return answer(item);
    },
    async *list(item: Item, context: HandlerContext) {
      begin(context);
      yield answer({ name: "first" });
      await new Promise((resolve) => setTimeout(resolve, 30));
      yield answer(item);
    },
    async fill(items: AsyncIterable<Item>, context: HandlerContext) {
      begin(context);
      const names: string[] = [];
      for await (const { name } of items) names.push(name);
      return answer({ name: names.join("+") });
    },
    async *talk(items: AsyncIterable<Item>, context: HandlerContext) {
      begin(context);
      for await (const item of items) yield answer(item);
    },
  });
}
