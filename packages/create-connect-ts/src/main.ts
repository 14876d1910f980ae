// The program: what the bin loads.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { choose, openAsker } from "./ask.js";
import { clients, defaultServer, type Options, readOptions, runningPackageManager, servers, usage } from "./options.js";
import { commandsOf, folderProblem, messageOf, type Project, projectFiles, writeProject } from "./project.js";

/** What the program needs of its process. */
export interface Surroundings {
  /** Where this package is installed. */
  readonly root: string;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly errors: NodeJS.WritableStream;
  /** `npm_config_user_agent`. */
  readonly userAgent: string | undefined;
  /** Runs a command in a folder; how it ended. */
  readonly run: (command: string, folder: string) => Promise<number>;
}

/** Makes a project as the arguments say; the exit code. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { root, output, errors } = surroundings;
  try {
    const options = readOptions(args);
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { readonly version: string };
    if (options.help || options.version) {
      output.write(options.help ? usage : `${version}\n`);
      return 0;
    }
    const project = await decide(options, surroundings);
    const files = projectFiles(project, { templates: `${root}templates`, version });
    writeProject(project.folder, files);
    output.write(
      `${project.folder} has ${files.size} files: a server on ${project.server}${project.client === "web" ? ", and a web page" : ""}.\n`,
    );
    const { install, run } = commandsOf(project.packageManager);
    if (options.install) {
      const code = await surroundings.run(install, project.folder);
      if (code !== 0)
        throw new Error(`"${install}" ended with ${code}. All files are there: run it again in ${project.folder}`);
    }
    const steps = [`cd ${project.folder}`, ...(options.install ? [] : [install]), `${run} dev`];
    output.write(`Next:\n${steps.map((step) => `  ${step}\n`).join("")}`);
    return 0;
  } catch (error) {
    errors.write(`create-connect-ts: ${messageOf(error)}\nThe option --help shows what can be given.\n`);
    return 1;
  }
}

/** Fills in what the options leave open: by questions in a terminal, elsewhere by defaults. */
async function decide(options: Options, { input, output, userAgent }: Surroundings): Promise<Project> {
  const { folder, server, client, yes } = options;
  const packageManager = options.packageManager ?? runningPackageManager(userAgent);
  if (folder !== undefined) refuse(folderProblem(folder));
  const asker = !yes && input.isTTY && output.isTTY ? openAsker(input, output) : undefined;
  try {
    if (asker === undefined) {
      if (folder === undefined && !yes)
        throw new Error(
          "no folder is given, and there is no terminal to ask in. Give the name of a folder that is new or empty, or --yes",
        );
      const chosen = folder ?? "my-app";
      refuse(folderProblem(chosen));
      return {
        folder: chosen,
        server: server ?? defaultServer(packageManager),
        client: client ?? "none",
        packageManager,
      };
    }
    return {
      folder: folder ?? (await asker.ask("Folder", "my-app", folderProblem)),
      server: server ?? (await choose(asker, "Server", servers, defaultServer(packageManager))),
      client: client ?? (await choose(asker, "Client", clients, "none")),
      packageManager,
    };
  } finally {
    asker?.close();
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem);
}

/** Runs `main` with this process. */
export async function runAsProgram(root: URL): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), {
    root: fileURLToPath(root),
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    userAgent: process.env.npm_config_user_agent,
    run: (command, cwd) =>
      new Promise((resolve, reject) => {
        // By a shell, because npm is a script on Windows. The command is one of ours: nothing of it is given by a user.
        const child = spawn(command, { cwd, stdio: "inherit", shell: true });
        child.on("error", reject).on("close", (code) => resolve(code ?? 1));
      }),
  });
}
