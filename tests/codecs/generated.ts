import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { MessageCodec } from "@connect-ts/runtime";

/** A message type with what protobuf-es and what the generator make of it. */
export interface Pair {
  readonly schema: DescMessage;
  readonly codec: MessageCodec<Message>;
}

const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(here, ".cache");

/** An empty folder, which git does not see. */
export function emptyFolder(name: string): string {
  const folder = join(cache, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Generates code for the schemas below a folder, and loads it. `name` is for files of nobody else. */
export async function pairsOf(schemas: string, name: string): Promise<Pair[]> {
  const out = emptyFolder(`${name}-code`);
  const PATH = [join(here, "../../node_modules/.bin"), process.env.PATH].join(delimiter);
  const args = ["generate", schemas, "--template", join(here, "buf.gen.yaml"), "-o", out];
  const { status, stderr, error } = spawnSync("buf", args, { encoding: "utf8", env: { ...process.env, PATH } });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`buf generate: ${stderr}`);
  return loadPairs(out);
}

async function loadPairs(folder: string): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith("_codec.ts")).sort()) {
    const code = pathToFileURL(join(folder, file)).href;
    const codecs = Object.values((await import(code)) as object).filter(isCodec);
    const schemas = Object.values((await import(code.replace("_codec.ts", "_pb.ts"))) as object).filter(
      isMessageSchema,
    );
    pairs.push(...pairUp(schemas, codecs));
  }
  if (pairs.length === 0) throw new Error(`no codec was generated in ${folder}`);
  return pairs;
}

/** Schemas and codecs of the same types. @throws Error when a message has no codec */
export function pairUp(schemas: readonly DescMessage[], codecs: readonly MessageCodec<Message>[]): Pair[] {
  const byName = new Map(codecs.map((codec) => [codec.typeName, codec]));
  return schemas.map((schema) => {
    const codec = byName.get(schema.typeName);
    if (codec === undefined) throw new Error(`${schema.typeName} has no codec`);
    return { schema, codec };
  });
}

export function isCodec(value: unknown): value is MessageCodec<Message> {
  return typeof value === "object" && value !== null && "typeName" in value && "fromBinary" in value;
}

export function isMessageSchema(value: unknown): value is DescMessage {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "message";
}
