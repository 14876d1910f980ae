import { spawn } from "node:child_process";

const running = new Set();

/** Ends all that is still running. */
export function endAll() {
  for (const child of running) child.kill("SIGKILL");
}

function start([command, ...args], env) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  running.add(child);
  const ended = new Promise((resolve) => {
    child.on("error", (error) => {
      started.output += `${error.message}\n`;
      resolve(1);
    });
    child.on("close", (status, signal) => resolve(status ?? signal));
  }).finally(() => running.delete(child));
  const started = { child, ended, output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      started.output += text;
    });
  }
  return started;
}

/** Starts a server; resolves when it says where it listens. */
export async function startServer({ command, listening, env }) {
  const server = start(command, env);
  const port = await new Promise((resolve, reject) => {
    const look = () => {
      const found = listening.exec(server.output);
      if (found !== null) resolve(Number(found[1]));
    };
    server.child.stdout.on("data", look);
    server.child.stderr.on("data", look);
    void server.ended.then((status) =>
      reject(new Error(`${command.join(" ")} ended with ${status}\n${server.output}`)),
    );
  });
  return {
    port,
    /** Ends it; resolves with its status and what it wrote. */
    async stop() {
      server.child.kill("SIGTERM");
      return { status: await server.ended, output: server.output };
    },
  };
}

/** Runs a client to its end, or for `timeoutMs`; resolves with what went wrong. */
export async function runClient(command, timeoutMs) {
  const client = start(command, {});
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    client.child.kill("SIGKILL");
  }, timeoutMs);
  const status = await client.ended;
  clearTimeout(timer);
  if (status === 0) return undefined;
  return `${command.join(" ")}\n${late ? `did not end in ${timeoutMs} ms` : `ended with ${status}`}\n${client.output}`;
}

/** Runs tasks, some at a time, in order. */
export async function inParallel(tasks, atATime) {
  const queue = [...tasks];
  const worker = async () => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await task();
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
