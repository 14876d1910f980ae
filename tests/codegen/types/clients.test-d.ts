// What compiles when a service is called, and what does not.
import type { BidiStream, ClientStream, ServerStream, Spec, Transport, UnaryCall } from "@connect-ts/runtime";
import { createKindsServiceClient, kindsServiceSpecs } from "../golden/kinds/v1/kinds_connect.js";
import type { UnaryRequestInit } from "../golden/kinds/v1/kinds_init.js";
import type { UnaryResponse } from "../golden/kinds/v1/kinds_pb.js";
import { createMembersServiceClient, type MembersServiceClient } from "../golden/members/v1/members_connect.js";
import { optionsServiceSpecs } from "../golden/options/v1/service_connect.js";

declare const transport: Transport;
declare const requests: AsyncIterable<UnaryRequestInit>;

const client = createKindsServiceClient(transport, { timeoutMs: 1000 });

const unary: UnaryCall<UnaryResponse> = client.unary({ text: "a", nested: { deeper: { text: "b" } } }, { headers: {} });
const download: ServerStream<UnaryResponse> = client.serverStreaming({});
const upload: UnaryCall<UnaryResponse> = client.clientStreaming([{ text: "a" }]);
const uploadLater: UnaryCall<UnaryResponse> = client.clientStreaming(requests, { timeoutMs: 1 });
const uploading: ClientStream<UnaryRequestInit, UnaryResponse> = client.clientStreaming();
const chat: ServerStream<UnaryResponse> = client.bidiStreaming(requests);
const chatting: BidiStream<UnaryRequestInit, UnaryResponse> = client.bidiStreaming({ timeoutMs: 1 });
const sent: Promise<void> = chatting.send({ text: "a" });

// @ts-expect-error: a request has no such field
client.unary({ txt: "a" });
// @ts-expect-error: a request is needed
client.unary();
// @ts-expect-error: a field has another type
client.clientStreaming([{ text: 1 }]);
// @ts-expect-error: an option that is none
client.unary({}, { timeout: 1 });
// @ts-expect-error: a message of another type
client.unary({ $typeName: "kinds.v1.UnaryResponse", text: "a" });

// A client is no promise, although the schema has an RPC "Then".
const members: MembersServiceClient = createMembersServiceClient(transport);
const awaited: Promise<MembersServiceClient> = Promise.resolve(members);

// Options are known to the last letter.
// #region options
const level: 1 = optionsServiceSpecs.scalars.options["options.v1.enum_option"];
const longs: readonly [1n, -2n] = optionsServiceSpecs.messages.options["options.v1.message_option"].numbers;
// #endregion
const rule: "shared by all RPCs" = optionsServiceSpecs.nothing.serviceOptions["options.v1.service_rule"].text;
const team: "payments" | undefined = optionsServiceSpecs.nothing.fileOptions?.["options.v1.team"];
const note: "d" = optionsServiceSpecs.extended.options["options.v1.message_option"]["options.v1.note"];
// Specs of all services are specs, and tell no more than that there may be options.
const spec: Spec = optionsServiceSpecs.nothing;
const unknownOption: unknown = spec.serviceOptions["options.v1.service_rule"];
// @ts-expect-error: the option is not set on this service
optionsServiceSpecs.nothing.serviceOptions["options.v1.service_source_option"];
// @ts-expect-error: a service without options
kindsServiceSpecs.unary.serviceOptions["options.v1.service_rule"];
// @ts-expect-error: the option is not set on this RPC
optionsServiceSpecs.nothing.options["options.v1.enum_option"];
// @ts-expect-error: the option is there in the source alone
optionsServiceSpecs.scalars.options["options.v1.source_option"];

export {
  awaited,
  chat,
  download,
  level,
  longs,
  note,
  rule,
  sent,
  team,
  unary,
  unknownOption,
  upload,
  uploading,
  uploadLater,
};
