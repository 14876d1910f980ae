// A file of its own: the client's and the server's program read the same arguments.
import { parseArgs } from "node:util";

/** Reads `--name=value` and `--name value`, as all interop programs take them; `defaults` are the names that there are. */
export function readArguments<Name extends string>(defaults: Readonly<Record<Name, string>>): Record<Name, string> {
  const options: Record<string, { type: "string"; default: string }> = {};
  for (const [name, value] of Object.entries<string>(defaults)) options[name] = { type: "string", default: value };
  return { ...defaults, ...parseArgs({ options }).values };
}
