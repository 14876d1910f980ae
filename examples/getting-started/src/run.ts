// Runs the server and the client as a reader would, each in a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const server = spawn(process.execPath, [program("server.js")], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const [line] = await Promise.race([once(server.stdout, "data"), once(server, "exit")]);
  console.log(String(line).trimEnd());
  const client = spawnSync(process.execPath, [program("client.js")], { stdio: ["ignore", "pipe", "inherit"] });
  console.log(client.stdout.toString().trimEnd());
} finally {
  server.kill();
}
