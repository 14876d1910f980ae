// Builds the Next.js example together with the pages of nextjs/, and runs it as its users would.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const example = `${root}examples/nextjs/`;
/** As deep as the example, whose options find the root of the repository from there. */
const app = `${root}examples/.cache-nextjs/`;
const next = `${app}node_modules/next/dist/bin/next`;
const env = { ...process.env, NODE_ENV: "production" as const, NODE_OPTIONS: "", NEXT_TELEMETRY_DISABLED: "1" };

/** Sources that are imported with `.js`, behind which Next finds no `.ts`. */
function copySources(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const target = `${to}/${name}`;
    mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    writeFileSync(target, readFileSync(`${from}/${name}`, "utf8").replaceAll(/(from "\..*)\.js"/g, '$1"'));
  }
}

/** Builds the example with the pages of nextjs/app. Returns what that printed. */
export function buildNextApp(): string {
  rmSync(`${app}src`, { recursive: true, force: true });
  cpSync(`${example}src`, `${app}src`, { recursive: true });
  cpSync(`${root}tests/browser/nextjs/app`, `${app}src/app`, { recursive: true });
  copySources(`${root}examples/eliza/src`, `${app}src/eliza`);
  for (const golden of ["golden", "golden-codecs"]) {
    copySources(`${root}tests/codegen/${golden}/editions/v1`, `${app}src/editions`);
  }
  return build(app);
}

/** Builds an application that has the door for Node on the edge runtime. Returns why that fails. */
export function buildEdgeDoor(): string {
  const edge = `${root}examples/.cache-nextjs-edge/`;
  cpSync(`${root}tests/browser/nextjs/edge-door`, `${edge}src/app`, { recursive: true });
  cpSync(`${example}src/app/layout.tsx`, `${edge}src/app/layout.tsx`);
  try {
    return build(edge);
  } catch (error) {
    return String(error);
  }
}

/** Runs `next build`. */
function build(cwd: string): string {
  for (const name of ["next.config.ts", "tsconfig.json"]) cpSync(`${example}${name}`, `${cwd}${name}`);
  rmSync(`${cwd}node_modules`, { force: true });
  symlinkSync(`${example}node_modules`, `${cwd}node_modules`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [next, "build"], { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`next build ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** An application of Next.js that runs. */
export interface NextApp {
  readonly port: number;
  /** What it has printed. */
  printed(): string;
  stop(): Promise<void>;
}

/** Runs `next start`. */
export async function startNextApp(): Promise<NextApp> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const server = spawn(process.execPath, [next, "start", "--port", String(port), "--hostname", "127.0.0.1"], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  while (!printed.includes("Ready")) {
    await Promise.race([once(server.stdout, "data"), once(server, "exit")]);
    if (server.exitCode !== null) throw new Error(`next start ended with ${server.exitCode}:\n${printed}`);
  }
  return {
    port,
    printed: () => printed,
    async stop() {
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}
