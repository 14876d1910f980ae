import { createFileRegistry, type DescMessage, type DescService, fromJson, type Message } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceHandler } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";

const rpc = (name: string, idempotencyLevel: string, kind: object = {}): object => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  options: { idempotencyLevel },
  ...kind,
});
const field = { name: "name", number: 1, label: "LABEL_OPTIONAL", type: "TYPE_STRING", jsonName: "name" };
const file = {
  name: "t.proto",
  package: "t",
  syntax: "proto3",
  messageType: [{ name: "Item", field: [field] }],
  service: [
    {
      name: "S",
      method: [
        rpc("Get", "NO_SIDE_EFFECTS"),
        rpc("Post", "IDEMPOTENCY_UNKNOWN"),
        rpc("List", "NO_SIDE_EFFECTS", { serverStreaming: true }),
        rpc("Fill", "IDEMPOTENCY_UNKNOWN", { clientStreaming: true }),
        rpc("Talk", "IDEMPOTENCY_UNKNOWN", { clientStreaming: true, serverStreaming: true }),
      ],
    },
  ],
};
const registry = createFileRegistry(fromJson(FileDescriptorSetSchema, { file: [file] } as never));
/** RPCs of all kinds; Get and List have no side effects, the others may. */
export const service: DescService = registry.getService("t.S") as DescService;
const itemType = registry.getMessage("t.Item") as DescMessage;

/** A message of the service. */
export const item = (name: string): Message => fromJson(itemType, { name });
type Item = Message & { readonly name: string };

/** A server's side: answers with its own name, and tells `seen` of each call. */
export function handlerOf(
  name: string,
  seen: (request: string, context: HandlerContext) => Promise<void> | void = () => {},
): ServiceHandler {
  const one = async (request: Item, context: HandlerContext): Promise<Message> => {
    await seen(request.name, context);
    return item(name);
  };
  return createHandler(service, {
    get: one,
    post: one,
    async *list(request: Item, context: HandlerContext) {
      yield await one(request, context);
      yield item(request.name);
    },
    async fill(requests: AsyncIterable<Item>, context: HandlerContext) {
      const names: string[] = [];
      for await (const request of requests) names.push(request.name);
      await seen(names.join(), context);
      return item(`${name}:${names.join()}`);
    },
    async *talk(requests: AsyncIterable<Item>, context: HandlerContext) {
      for await (const request of requests) {
        await seen(request.name, context);
        yield item(`${name}:${request.name}`);
      }
    },
  } as never);
}
