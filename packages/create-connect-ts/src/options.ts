// What a project is made of, as the arguments say.
import { parseArgs } from "node:util";

export const servers = ["node", "bun", "deno", "workerd"] as const;
export const clients = ["none", "web"] as const;
export const packageManagers = ["npm", "pnpm", "yarn", "bun", "deno"] as const;

export type Server = (typeof servers)[number];
export type Client = (typeof clients)[number];
export type PackageManager = (typeof packageManagers)[number];

/** What the arguments say; what they leave open is undefined. */
export interface Options {
  readonly folder: string | undefined;
  readonly server: Server | undefined;
  readonly client: Client | undefined;
  readonly packageManager: PackageManager | undefined;
  /** Take the defaults for what is left open, and ask nothing. */
  readonly yes: boolean;
  readonly install: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export const usage: string = `Usage: npm create connect-ts@latest [folder] -- [options]

  --server <name>           ${servers.join(", ")}; default: bun or deno if that runs this command, otherwise node
  --client <name>           ${clients.join(", ")}; default: none
  --package-manager <name>  ${packageManagers.join(", ")}; default: the one that runs this command
  --yes, -y                 ask nothing: take the defaults, and the folder my-app if none is given
  --no-install              do not install packages; nothing is read from the network then
  --help, -h                print this
  --version, -v             print the version

The folder has to be new or empty. In a terminal you are asked for what is not given.
`;

/** @throws an error that says what is wrong with the arguments. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      server: { type: "string" },
      client: { type: "string" },
      "package-manager": { type: "string" },
      yes: { type: "boolean", short: "y", default: false },
      "no-install": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      version: { type: "boolean", short: "v", default: false },
    },
  });
  if (positionals.length > 1)
    throw new Error(`one folder is expected, and ${positionals.length} are given: ${positionals.join(", ")}`);
  return {
    folder: positionals[0],
    server: oneOf("--server", servers, values.server),
    client: oneOf("--client", clients, values.client),
    packageManager: oneOf("--package-manager", packageManagers, values["package-manager"]),
    yes: values.yes,
    install: !values["no-install"],
    help: values.help,
    version: values.version,
  };
}

/** The package manager that runs this program: it says so in `npm_config_user_agent`, as in "pnpm/10.1.0 npm/? node/v22.1.0". */
export function runningPackageManager(userAgent: string | undefined): PackageManager {
  const name = userAgent?.split("/")[0];
  return packageManagers.find((known) => known === name) ?? "npm";
}

/** The server that someone with this package manager most likely wants. */
export function defaultServer(packageManager: PackageManager): Server {
  return packageManager === "bun" || packageManager === "deno" ? packageManager : "node";
}

function oneOf<T extends string>(option: string, known: readonly T[], given: string | undefined): T | undefined {
  if (given === undefined) return undefined;
  const found = known.find((name) => name === given);
  if (found === undefined) throw new Error(`${option} is "${given}", and it has to be one of ${known.join(", ")}`);
  return found;
}
