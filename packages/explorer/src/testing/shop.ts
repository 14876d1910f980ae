import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromJson,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type HandlerOptions, type ServiceHandler } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";

const field = (name: string, number: number, type: string, more: object = {}): object => ({
  name,
  jsonName: name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  number,
  type: `TYPE_${type}`,
  label: "LABEL_OPTIONAL",
  ...more,
});
const method = (name: string, more: object = {}): object => ({
  name,
  inputType: ".acme.v1.Item",
  outputType: ".acme.v1.Item",
  ...more,
});

/** A file as `buf build` writes it, with or without its comments. */
export const shopSchema = (comments: boolean): FileDescriptorSet =>
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "acme/v1/shop.proto",
        package: "acme.v1",
        syntax: "proto3",
        enumType: [
          {
            name: "Size",
            value: [
              { name: "SIZE_UNSPECIFIED", number: 0 },
              { name: "SIZE_SMALL", number: 1 },
            ],
          },
        ],
        messageType: [
          {
            name: "Item",
            field: [
              field("name", 1, "STRING"),
              field("item_count", 2, "INT32"),
              field("size", 3, "ENUM", { typeName: ".acme.v1.Size" }),
              field("parts", 4, "MESSAGE", { typeName: ".acme.v1.Item", label: "LABEL_REPEATED" }),
              field("by_invoice", 5, "BOOL", { oneofIndex: 0 }),
              field("by_card", 6, "STRING", { oneofIndex: 0 }),
            ],
            oneofDecl: [{ name: "payment" }],
          },
        ],
        service: [
          { name: "Admin", method: [method("Close")] },
          {
            name: "Shop",
            method: [
              method("Buy"),
              method("List", { serverStreaming: true }),
              method("Fill", { clientStreaming: true }),
              method("Haggle", { clientStreaming: true, serverStreaming: true }),
            ],
          },
        ],
        ...(comments
          ? {
              sourceCodeInfo: {
                location: [
                  { path: [6, 0], span: [1, 0, 1], leadingComments: " Admin is not for all.\n" },
                  { path: [6, 1, 2, 0], span: [2, 0, 1], leadingComments: " Buy buys.\n" },
                  { path: [4, 0, 2, 1], span: [3, 0, 1], trailingComments: " How many.\n" },
                ],
              },
            }
          : {}),
      },
    ],
  } as never);

export const registry: FileRegistry = createFileRegistry(shopSchema(false));
export const item: DescMessage = found(registry.getMessage("acme.v1.Item"));

function found<T>(desc: T | undefined): T {
  if (desc === undefined) throw new Error("the schema lacks it");
  return desc;
}

export function serviceOf(name: string, of: FileRegistry = registry): DescService {
  return found(of.getService(`acme.v1.${name}`));
}

interface Item {
  readonly name: string;
}

/** Its handlers give back what they get. */
export function shop(
  saw: { context?: HandlerContext; aborted?: boolean; gate?: Promise<unknown> } = {},
  options: HandlerOptions = {},
): ServiceHandler {
  const implementation = {
    buy(request: Item, context: HandlerContext) {
      saw.context = context;
      context.responseHeaders.set("shop-till", "3");
      context.responseTrailers.set("shop-receipt", "printed");
      if (request.name === "")
        throw new ConnectError("invalid_argument", "buy what?").addDetail(item, {
          name: "name",
        } as MessageInitShape<DescMessage>);
      return request;
    },
    async *list(request: Item, { signal }: HandlerContext) {
      signal.addEventListener("abort", () => {
        saw.aborted = true;
      });
      yield request;
      if (request.name === "endless") await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield { ...request, name: "more" };
    },
    async fill(requests: AsyncIterable<Item>) {
      const names: string[] = [];
      for await (const { name } of requests) {
        names.push(name);
        await saw.gate;
      }
      return { name: names.join() };
    },
    haggle: (requests: AsyncIterable<Item>) => requests,
  };
  return createHandler(serviceOf("Shop"), implementation as never, options);
}

export const admin: ServiceHandler = createHandler(serviceOf("Admin"), { close: (request: Item) => request } as never);
