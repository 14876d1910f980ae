// What dynamic clients and handlers take and give, for descriptors that are generated and for those of a registry.
import type { DescService, Message } from "@bufbuild/protobuf";
import type { HandlerContext, ServerStream, Transport, UnaryCall } from "@connect-ts/runtime";
import {
  createClient,
  createHandler,
  type DynamicImplementation,
  type UntypedMethod,
} from "@connect-ts/runtime/dynamic";
import { expectTypeOf } from "expect-type";
import type { MembersService, Response } from "../codegen/golden/members/v1/members_pb.js";
import type { PingResponse, PingService } from "../gen/src/ping/v1/ping_pb.js";

declare const transport: Transport;
declare const generated: typeof PingService;
declare const found: DescService;

const client = createClient(generated, transport);
expectTypeOf(client.ping({ text: "hi" })).toEqualTypeOf<UnaryCall<PingResponse>>();
expectTypeOf(client.cumSum([{ number: 1n }])).toExtend<ServerStream<Message>>();
// @ts-expect-error the message has no such field
client.ping({ txet: "hi" });

expectTypeOf(createClient(found, transport).ping).toEqualTypeOf<UntypedMethod | undefined>();

createHandler(generated, { ping: ({ text }) => ({ text }) });
// @ts-expect-error a unary RPC answers with one message
createHandler(generated, { async *ping() {} });
createHandler(found, {
  ping: (request: { text: string }) => ({ text: request.text }),
  async *countUp() {
    yield { number: 7n };
  },
});

declare const members: typeof MembersService;
const membersClient = createClient(members, transport);
expectTypeOf(membersClient.then$({})).toEqualTypeOf<UnaryCall<Response>>();
// @ts-expect-error a client is no promise, although the schema has an RPC "Then"
membersClient.then;
createHandler(members, { then$: () => ({}) });
expectTypeOf<DynamicImplementation<typeof MembersService>>().not.toHaveProperty("then");

interface UserContext extends HandlerContext {
  readonly user: string;
}
declare const withUser: (context: HandlerContext) => UserContext;
createHandler(generated, { ping: ({ text }, { user }) => ({ text: text + user }) }, { context: withUser });
// @ts-expect-error nothing makes the context that the handler needs
createHandler(generated, { ping: ({ text }, { user }: UserContext) => ({ text: text + user }) });
