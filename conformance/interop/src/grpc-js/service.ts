// A file of its own: the client's and the server's program use it.
import { type DescMessage, type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

/** A service as `@grpc/grpc-js` wants it. Messages are the only thing of ours that its programs use. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method): [string, MethodDefinition<Message, Message>] => [
      method.localName,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
        responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
        ...both("request", method.input),
        ...both("response", method.output),
      } as MethodDefinition<Message, Message>,
    ]),
  );
}

function both(name: string, schema: DescMessage): Record<string, unknown> {
  return {
    [`${name}Serialize`]: (message: Message) => Buffer.from(toBinary(schema, message)),
    [`${name}Deserialize`]: (bytes: Uint8Array) => fromBinary(schema, bytes),
  };
}
