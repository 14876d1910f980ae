import type { DescMessage, DescMethod, DescService, JsonValue } from "@bufbuild/protobuf";

/** A call, as other programs make it. */
export interface CallToShow {
  readonly method: DescMethod;
  /** Where the services are: `http://localhost:8080`, with the prefix of the server. */
  readonly baseUrl: string;
  /** Where the descriptors are. */
  readonly descriptorsUrl: string;
  readonly messages: readonly JsonValue[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number | undefined;
}

/** A program with the generated client. Requests are read from JSON, which holds for all types of fields. */
export function typeScript({ method, baseUrl, messages, headers, timeoutMs }: CallToShow): string {
  const { parent: service, input, methodKind } = method;
  const client = `create${identifier(service)}Client`;
  const schema = `${identifier(input)}Schema`;
  const request = (message: JsonValue): string => `fromJson(${schema}, ${JSON.stringify(message, undefined, 2)})`;
  const isClientStream = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  const requests = isClientStream ? `[${messages.map(request).join(", ")}]` : request(messages[0] ?? {});
  const options = [
    ...(headers.length === 0 ? [] : [`headers: [${headers.map((header) => JSON.stringify(header)).join(", ")}]`]),
    ...(timeoutMs === undefined ? [] : [`timeoutMs: ${timeoutMs}`]),
  ];
  const call = `client.${method.localName}(${requests}${options.length === 0 ? "" : `, { ${options.join(", ")} }`})`;
  const http = methodKind === "bidi_streaming" ? ', http: "2"' : "";
  const isServerStream = methodKind === "server_streaming" || methodKind === "bidi_streaming";
  return [
    'import { fromJson } from "@bufbuild/protobuf";',
    'import { createNodeTransport } from "@connect-ts/runtime/node";',
    `import { ${client} } from "./gen/${service.file.name}_connect.js";`,
    `import { ${schema} } from "./gen/${input.file.name}_pb.js";`,
    "",
    `const client = ${client}(createNodeTransport({ baseUrl: ${JSON.stringify(baseUrl)}${http} }));`,
    isServerStream ? `for await (const response of ${call}) {` : `const response = await ${call};`,
    isServerStream ? "  console.log(response);\n}" : "console.log(response);",
  ].join("\n");
}

/** The name that generated code gives a declaration: those within messages have the names of these before them. */
function identifier({ typeName, file }: DescMessage | DescService): string {
  const within = file.proto.package === "" ? typeName : typeName.slice(file.proto.package.length + 1);
  return within.replaceAll(".", "_");
}
