// Makes a project of each template of create-connect-ts and runs it, as a user would: with the packed packages, outside of
// the tree. Generates its code, checks its types, runs its test, starts its server and calls it, builds its page.
//   node run.mjs [server...]
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mustRun, pack, report } from "../../scripts/lib.mjs";
import { installPrograms, programOf } from "../places/programs.mjs";

const templates = [
  { server: "node", client: "web", grpc: true, builds: true },
  { server: "workerd", client: "web", grpc: false, builds: true },
  { server: "bun", client: "none", grpc: true, builds: false },
  { server: "deno", client: "none", grpc: true, builds: false },
];
const wanted = process.argv.slice(2);
const work = templates.filter(({ server }) => wanted.length === 0 || wanted.includes(server));
if (work.length < wanted.length) throw new Error(`no such servers: ${wanted}`);

const packages = ["runtime", "protoc-gen-connect-ts", "create-connect-ts"];
mustRun(process.execPath, ["scripts/ensure-built.mjs", ...packages.map((name) => `packages/${name}`)]);
installPrograms();
const [runtime, plugin, tool] = packages.map((name) => `file:${pack(`packages/${name}`)}`);
const home = mkdtempSync(join(tmpdir(), "connect-ts-templates-"));
const PATH = [...["bun", "deno"].map((place) => dirname(programOf(place))), process.env.PATH].join(delimiter);
const env = { ...process.env, PATH, npm_config_prefer_offline: "true", npm_config_user_agent: "npm/11" };
const problems = [];

try {
  mustRun("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", home, tool]);
  // Two at a time: they wait for the network and for servers.
  const next = async () => {
    for (let template = work.shift(); template !== undefined; template = work.shift()) await check(template);
  };
  await Promise.all([next(), next()]);
} finally {
  rmSync(home, { recursive: true });
}
report("templates", problems);

/** Everything about one template; what fails ends it. */
async function check(template) {
  const { server, client } = template;
  const start = performance.now();
  const folder = join(home, `app-on-${server}`);
  try {
    await makeProject(template, folder);
    await run(folder, "npm", ["run", "typecheck"]);
    await run(folder, "npm", ["test"]);
    if (template.builds) await run(folder, "npm", ["run", "build"]);
    if (client === "web") await run(folder, "npm", ["run", "build:web"]);
    await callServer(template, folder);
  } catch (error) {
    problems.push(`${server}, ${client}: ${error.message}`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`a server on ${server}, client ${client}: ${seconds} s`);
}

async function makeProject({ server, client }, folder) {
  const flags = ["--server", server, "--client", client, "--no-install"];
  await run(home, join(home, "node_modules/.bin/create-connect-ts"), [folder, ...flags]);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  manifest.dependencies["@connect-ts/runtime"] = runtime;
  manifest.devDependencies["protoc-gen-connect-ts"] = plugin;
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await run(folder, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
  const generated = join(folder, "src/gen/greet/v1/greet_connect.ts");
  const before = readFileSync(generated, "utf8");
  await run(folder, "npm", ["run", "generate"]);
  if (readFileSync(generated, "utf8") !== before) throw new Error("the template's generated code is out of date");
}

/** Starts the server, calls it with curl, and by gRPC and through the page's server where there are such. */
async function callServer({ server, client, grpc }, folder) {
  const port = await freePort();
  const onPort = server === "workerd" ? ["--", `--socket-addr=http=127.0.0.1:${port}`] : [];
  const stop = startProgram(folder, "npm", ["run", "start", ...onPort], { PORT: String(port) });
  const path = "/greet.v1.GreetService/Greet";
  const body = '{"name":"Ada"}';
  const origin = `http://127.0.0.1:${port}`;
  try {
    const answers = [await curl(folder, ["--data", body, origin + path])];
    if (grpc) {
      const flags = ["--schema", "proto", "--protocol", "grpc", "--http2-prior-knowledge", "--data", body];
      answers.push(await run(folder, "node_modules/.bin/buf", ["curl", ...flags, origin + path]));
    }
    if (client === "web") answers.push(await callByPage(folder, port, path, body));
    const wrong = answers.filter((answer) => !/"greeting":\s*"Hello, Ada!"/.test(answer));
    if (wrong.length > 0) throw new Error(`the server answers ${wrong.join(", ")}`);
  } finally {
    await stop();
  }
}

/** As the page calls while it is developed: at the origin of Vite, which hands the call on. */
async function callByPage(folder, port, path, body) {
  const config = join(folder, "web/vite.config.ts");
  writeFileSync(config, readFileSync(config, "utf8").replace("http://localhost:8080", `http://127.0.0.1:${port}`));
  const own = await freePort();
  const stop = startProgram(folder, "npm", ["run", "dev:web", "--", "--host=127.0.0.1", `--port=${own}`]);
  const origin = `http://127.0.0.1:${own}`;
  try {
    return await curl(folder, [
      "--data",
      body,
      "-H",
      `origin: ${origin}`,
      "-H",
      "content-type: application/json",
      origin + path,
    ]);
  } finally {
    await stop();
  }
}

/** Waits until the server listens. */
function curl(folder, args) {
  const patience = ["--retry", "60", "--retry-connrefused", "--retry-delay", "1", "--max-time", "60"];
  return run(folder, "curl", ["--silent", "--show-error", ...patience, ...args]);
}

/** What a program prints. */
async function run(cwd, command, args) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}${errors}`);
  return output;
}

/** Starts a program that runs until it is stopped. In a group of its own: npm starts it by a shell. */
function startProgram(cwd, command, args, more) {
  const child = spawn(command, args, {
    cwd,
    env: { ...env, ...more },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  return async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await Promise.race([
      ended,
      sleep(5_000, undefined, { ref: false }).then(() => process.kill(-child.pid, "SIGKILL")),
    ]);
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
