// Runs every example that has a "start" script, each in a process of its own, and compares what it prints with its
// expected.txt where it has one: node examples/run-all.mjs [name...]
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
let failed = 0;
let passed = 0;

for (const name of readdirSync(folder)) {
  const cwd = `${folder}${name}`;
  if (!existsSync(`${cwd}/package.json`) || (wanted.length > 0 && !wanted.includes(name))) continue;
  const { start } = JSON.parse(readFileSync(`${cwd}/package.json`, "utf8")).scripts ?? {};
  if (start === undefined) continue;
  const env = { ...process.env, PATH: `${cwd}/node_modules/.bin${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(start, { cwd, env, shell: true, encoding: "utf8", timeout: 60_000 });
  const expected = existsSync(`${cwd}/expected.txt`) ? readFileSync(`${cwd}/expected.txt`, "utf8") : stdout;
  if (status === 0 && stdout === expected) {
    passed++;
    console.log(`${name}: ok`);
  } else {
    failed++;
    console.log(`${name}: ended with ${status}\n${stdout}${stderr}`);
    if (stdout !== expected) console.log(`it should have printed:\n${expected}`);
  }
}
console.log(`examples: ${passed} ran, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
