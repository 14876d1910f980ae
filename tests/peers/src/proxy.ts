import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerPeer } from "./peer.js";

/** How long a proxy may take to listen, and to end. */
const startMs = 5000;
const endMs = 3000;

/** A program that passes HTTP on. */
export interface Proxy {
  readonly name: string;
  /** Its configuration, to be written to a file. */
  config(listen: number, target: number, dir: string): string;
  command(configFile: string, dir: string): readonly [string, ...string[]];
}

const examples = new URL("../../../examples/proxy/", import.meta.url);

/** The configuration that users find, on other ports. */
function example(file: string, listen: number, target: number): string {
  const text = readFileSync(new URL(file, examples), "utf8");
  return text.replaceAll(":8000", `:${listen}`).replaceAll(":8080", `:${target}`);
}

const nginx = (name: string, file: string): Proxy => ({
  name,
  config: (listen, target, dir) => `
    daemon off;
    master_process off;
    pid ${dir}/nginx.pid;
    error_log stderr error;
    events {}
    http {
      access_log off;
      client_body_temp_path ${dir}/body;
      proxy_temp_path ${dir}/proxy;
      fastcgi_temp_path ${dir}/fastcgi;
      uwsgi_temp_path ${dir}/uwsgi;
      scgi_temp_path ${dir}/scgi;
      ${example(file, listen, target)}
    }`,
  command: (written, dir) => ["nginx", "-e", "stderr", "-p", dir, "-c", written],
});

export const nginxGrpc: Proxy = nginx("nginx, grpc_pass", "nginx-grpc.conf");
export const nginxHttp1: Proxy = nginx("nginx, HTTP/1.1", "nginx-http1.conf");

const haproxyOf = (name: string, file: string): Proxy => ({
  name,
  config: (listen, target) => example(file, listen, target),
  command: (written) => ["haproxy", "-db", "-q", "-f", written],
});

export const haproxy: Proxy = haproxyOf("HAProxy", "haproxy-h2.cfg");
export const haproxyHttp1: Proxy = haproxyOf("HAProxy, HTTP/1.1 in front", "haproxy-h1-front.cfg");

/** Servers that are reached through a proxy. */
export function behind(proxy: Proxy, peer: ServerPeer): ServerPeer {
  return {
    ...peer,
    name: `${proxy.name} to ${peer.name}`,
    async serve(wire, compress) {
      const server = await peer.serve(wire, compress);
      try {
        const running = await startProxy(proxy, Number(new URL(server.url).port));
        return {
          ...server,
          url: `http://127.0.0.1:${running.port}`,
          async close() {
            await running.close();
            await server.close();
          },
        };
      } catch (error) {
        await server.close();
        throw error;
      }
    },
  };
}

async function startProxy(proxy: Proxy, target: number): Promise<{ readonly port: number; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "connect-ts-proxy-"));
  const port = await freePort();
  const file = join(dir, "proxy.conf");
  writeFileSync(file, proxy.config(port, target, dir));
  const [command, ...args] = proxy.command(file, dir);
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors = `${errors}${chunk}`.slice(-2000);
  });
  let over = false;
  const ended = new Promise<void>((resolve) => {
    const end = (why: unknown) => {
      over = true;
      errors += String(why);
      resolve();
    };
    child.on("error", end);
    child.on("close", end);
  });
  const close = async () => {
    await stop(child, ended);
    rmSync(dir, { recursive: true, force: true });
  };
  const until = performance.now() + startMs;
  while (!(await listens(port))) {
    if (over || performance.now() > until) {
      await close();
      throw new Error(`${command} does not listen: ${errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, close };
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endMs);
  await ended;
  clearTimeout(timer);
}

/** Neither proxy can say which port it chose. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
