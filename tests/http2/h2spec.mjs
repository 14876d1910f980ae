// Runs h2spec, all of its cases, against a server on the engine: over plain sockets and TLS, as it is and strict.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "./hello-server.mjs";

const version = "v2.2.1+incompatible";
const cases = { default: 145, strict: 146 };

/** h2spec's path; it is installed when it is not there yet. */
function h2spec() {
  const tools = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "connect-ts", "bin");
  const program = join(tools, "h2spec");
  if (!existsSync(program)) {
    execFileSync("go", ["install", `github.com/summerwind/h2spec/cmd/h2spec@${version}`], {
      env: { ...process.env, GOBIN: tools },
      stdio: "inherit",
    });
  }
  return program;
}

/** A key and a certificate that nobody signed. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), "h2spec-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

/** Runs all cases; what h2spec printed. */
function run(program, port, options) {
  return new Promise((resolve) => {
    const child = spawn(program, ["-h", "127.0.0.1", "-p", String(port), "-o", "2", ...options]);
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    child.stderr.on("data", (text) => {
      output += text;
    });
    child.on("close", () => resolve(output));
  });
}

const program = h2spec();
let failed = 0;
for (const over of ["h2c", "TLS"]) {
  // h2spec takes 17 KB for more than a frame may have.
  const server = await listen({ maxFrameSize: 16_384, ...(over === "TLS" ? certificate() : {}) });
  for (const mode of ["default", "strict"]) {
    const options = [...(over === "TLS" ? ["-t", "-k"] : []), ...(mode === "strict" ? ["--strict"] : [])];
    const output = await run(program, server.port, options);
    const passed = output.includes(`${cases[mode]} tests, ${cases[mode]} passed, 0 skipped, 0 failed`);
    console.log(`h2spec over ${over}, ${mode}: ${output.trim().split("\n").at(-1)}`);
    if (passed) continue;
    failed++;
    console.log(output.slice(output.indexOf("Failures:")));
  }
  server.close();
}
process.exit(failed === 0 ? 0 : 1);
