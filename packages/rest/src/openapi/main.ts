#!/usr/bin/env node
// The command: writes the OpenAPI document of a descriptor set.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createFileRegistry, type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { openApi } from "./open-api.js";

const usage = `Usage: connect-ts-openapi [options] <descriptor set>

Writes the OpenAPI 3.1 document of the services in a descriptor set, which comes from
  buf build --as-file-descriptor-set -o schema.binpb

  --service <name>       a service to describe, by its full name; may come several times. Default: all but Google's own
  --title <text>         the document's title. Default: the names of the services
  --api-version <text>   the version of what is described. Default: 1.0.0
  --server <url>         where the services are; may come several times
  --no-connect           leaves out the paths of Connect
  --no-rest              leaves out the paths of google.api.http
  -o, --output <file>    Default: the standard output
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      service: { type: "string", multiple: true },
      title: { type: "string" },
      "api-version": { type: "string" },
      server: { type: "string", multiple: true },
      "no-connect": { type: "boolean" },
      "no-rest": { type: "boolean" },
      output: { type: "string", short: "o" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [file, ...more] = positionals;
  if (values.help === true) {
    process.stdout.write(usage);
    return;
  }
  if (file === undefined || more.length > 0) throw new Error(`expected one descriptor set\n\n${usage}`);
  const document = await openApi(await servicesOf(file, values.service), {
    title: values.title,
    version: values["api-version"],
    servers: values.server,
    connect: values["no-connect"] !== true,
    rest: values["no-rest"] !== true,
  });
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  if (values.output === undefined) process.stdout.write(text);
  else await writeFile(values.output, text);
}

async function servicesOf(file: string, names: readonly string[] | undefined): Promise<readonly DescService[]> {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(file)));
  if (names === undefined) {
    const all = [...registry].filter((type): type is DescService => type.kind === "service");
    return all.filter(({ typeName }) => !/^(google\.(longrunning|protobuf)|grpc)\./.test(typeName));
  }
  return names.map((name) => {
    const service = registry.getService(name);
    if (service === undefined) throw new Error(`${file} has no service "${name}"`);
    return service;
  });
}

main().catch((error: unknown) => {
  console.error((error as { readonly message?: unknown } | undefined)?.message ?? error);
  process.exitCode = 1;
});
