import { createFileRegistry, type DescService, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError, type Interceptor, type ServiceHandler } from "@connect-ts/runtime";
import { createClient, createHandler } from "@connect-ts/runtime/dynamic";
import type { Transport } from "@connect-ts/runtime/transport";

const rpc = (name: string, kind: object = {}): JsonValue => ({
  name,
  inputType: ".t.Item",
  outputType: ".t.Item",
  ...kind,
});
const field = { name: "name", number: 1, label: "LABEL_OPTIONAL", type: "TYPE_STRING", jsonName: "name" };
const methods = [
  rpc("Get"),
  rpc("List", { serverStreaming: true }),
  rpc("Fill", { clientStreaming: true }),
  rpc("Talk", { serverStreaming: true, clientStreaming: true }),
];
const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "t.proto",
        package: "t",
        syntax: "proto3",
        messageType: [{ name: "Item", field: [field] }],
        service: [{ name: "S", method: methods }],
      },
    ],
  }),
);
export const service: DescService = registry.getService("t.S") as DescService;

export interface Item {
  readonly name: string;
}

/** Answers what it is sent; a name that begins with `!` is the code of an error. */
export function handlerOf(interceptors: readonly Interceptor[], message = "as told"): ServiceHandler {
  const echo = ({ name }: Item): Item => {
    if (name === "bug") throw new Error("a secret of the server");
    if (name.startsWith("!")) throw new ConnectError(name.slice(1) as Code, message);
    return { name };
  };
  return createHandler(
    service,
    {
      get: echo,
      async *list(item: Item) {
        yield echo(item);
        yield echo(item);
      },
      async fill(items: AsyncIterable<Item>) {
        let last: Item = { name: "" };
        for await (const item of items) last = echo(item);
        return last;
      },
      async *talk(items: AsyncIterable<Item>) {
        for await (const item of items) yield echo(item);
      },
    },
    { interceptors, onError: () => undefined },
  );
}

export const kinds: readonly ["get", "list", "fill", "talk"] = ["get", "list", "fill", "talk"];

export async function call(
  transport: Transport,
  kind: (typeof kinds)[number],
  name: string,
  interceptors: readonly Interceptor[] = [],
): Promise<void> {
  const client = createClient(service, transport, { interceptors });
  const method = client[kind] as unknown as (request: unknown, options: object) => Promise<Item> & AsyncIterable<Item>;
  const headers = { authorization: "Bearer secret-token", cookie: "secret-cookie" };
  const result = method(kind === "fill" || kind === "talk" ? [{ name }, { name }] : { name }, { headers });
  try {
    if (kind === "list" || kind === "talk") for await (const _ of result);
    else await result;
  } catch {
    // What it ended with is what is logged.
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
}
