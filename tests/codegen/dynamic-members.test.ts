import type { DescService, Message } from "@bufbuild/protobuf";
import type { HandlerContext, ServerStream, UnaryCall } from "@connect-ts/runtime";
import { createClient, createHandler, type DynamicClient, memberName } from "@connect-ts/runtime/dynamic";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { describe, expect, it } from "@jest/globals";
import { membersServiceSpecs } from "./golden/members/v1/members_connect.js";
import { MembersService } from "./golden/members/v1/members_pb.js";

// As it comes from a registry: without the types of its RPCs.
const service: DescService = MembersService;
const members = service.methods.map(memberName);
const unimplemented = createInProcessTransport(createHandler(service, {}));

describe("RPCs with the names of members that objects have, known at run time", () => {
  it("have the members that generated code gives them", () => {
    expect(members).toEqual(Object.keys(membersServiceSpecs));
    expect(Object.keys(createClient(service, unimplemented))).toEqual(members);
  });

  it("are not called when a client is awaited", async () => {
    const client = createClient(service, unimplemented);
    expect((await (client as unknown as Promise<unknown>)) === client).toBe(true);
  });

  it("answer unimplemented where the implementation has only what every object has", async () => {
    const client = createClient(service, unimplemented);
    for (const member of members) {
      await expect(outcomeOf(client, member)).rejects.toMatchObject({ code: "unimplemented" });
    }
  });

  it("reach their own implementation through a gateway", async () => {
    const called: string[] = [];
    const backend = createHandler(
      service,
      Object.fromEntries(
        members.map((member) => [
          member,
          (_: never, { spec }: HandlerContext) => {
            called.push(member);
            return spec.kind === "unary" || spec.kind === "client_streaming" ? {} : [{}];
          },
        ]),
      ),
    );
    const upstream = createClient(service, createInProcessTransport(backend));
    const gateway = createHandler(
      service,
      Object.fromEntries(members.map((member) => [member, (request: never) => upstream[member]?.(request)])),
    );
    const client = createClient(service, createInProcessTransport(gateway));
    for (const member of members) expect(await outcomeOf(client, member)).toBe("members.v1.Response");
    expect(called).toEqual(members);
  });
});

/** Calls an RPC of any kind; gives the type of what it answers. */
async function outcomeOf(client: DynamicClient<DescService>, member: string): Promise<string> {
  const kind = service.methods.find((method) => memberName(method) === member)?.methodKind;
  const result = client[member]?.(kind === "client_streaming" || kind === "bidi_streaming" ? [{}] : {});
  if (kind === "unary" || kind === "client_streaming") return (await (result as UnaryCall<Message>)).$typeName;
  for await (const message of result as ServerStream<Message>) return message.$typeName;
  return "nothing";
}
