// What dynamic clients and handlers take and give, for descriptors that are generated and for those of a registry.
import type { DescService, Message } from "@bufbuild/protobuf";
import {
  createClient,
  createHandler,
  type ServerStream,
  type Transport,
  type UnaryCall,
  type UntypedMethod,
} from "@connect-ts/runtime";
import { expectTypeOf } from "expect-type";
import type { PingResponse, PingService } from "../gen/src/ping/v1/ping_pb.js";

declare const transport: Transport;
declare const generated: typeof PingService;
declare const found: DescService;

const client = createClient(generated, transport);
expectTypeOf(client.ping({ text: "hi" })).toEqualTypeOf<UnaryCall<PingResponse>>();
expectTypeOf(client.cumSum([{ number: 1n }])).toExtend<ServerStream<Message>>();
// @ts-expect-error the message has no such field
client.ping({ txet: "hi" });

expectTypeOf(createClient(found, transport)["ping"]).toEqualTypeOf<UntypedMethod | undefined>();

createHandler(generated, { ping: ({ text }) => ({ text }) });
// @ts-expect-error a unary RPC answers with one message
createHandler(generated, { async *ping() {} });
createHandler(found, {
  ping: (request: { text: string }) => ({ text: request.text }),
  async *countUp() {
    yield { number: 7n };
  },
});
