import { create, createFileRegistry, setExtension } from "@bufbuild/protobuf";
import { FieldOptionsSchema } from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, field } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { ConnectError } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { validate, violationsOf } from "@connect-ts/validate";
import { createElizaServiceClient, ElizaService } from "./eliza.js";

/** Eliza's schema has no rules. Here it has one: `string sentence = 1 [(buf.validate.field).string.min_len = 2]`. */
const proto = structuredClone(ElizaService.file.proto);
const sentence = proto.messageType.find(({ name }) => name === "SayRequest")?.field[0];
if (sentence === undefined) throw new Error("the schema has no sentence");
sentence.options = create(FieldOptionsSchema);
const rules = create(FieldRulesSchema, { type: { case: "string", value: { minLen: 2n } } });
setExtension(sentence.options, field, rules);
const service = createFileRegistry(proto, () => undefined).getService(ElizaService.typeName);
if (service === undefined) throw new Error("the schema has no service");
const elizaHandler = createHandler(service, {}, {});

// #region serve
const server = await serve({ handlers: elizaHandler, interceptors: [validate()] });
// #endregion

const transport = createNodeTransport({ baseUrl: server.url });
const eliza = createElizaServiceClient(transport);
// #region read
try {
  await eliza.say({ sentence: "" });
} catch (error) {
  console.log(`  ${ConnectError.from(error).code}`);
  for (const [path, messages] of violationsOf(error)) console.log(`  ${path}: ${messages.join(", ")}`);
}
// #endregion

transport.close?.();
await server.close();
