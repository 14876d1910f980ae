import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

const nginx = (name: string, server: (listen: number, target: number) => string): Proxy => ({
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
      client_max_body_size 0;
      server {${server(listen, target)}}
    }`,
  command: (file, dir) => ["nginx", "-e", "stderr", "-p", dir, "-c", file],
});

/** nginx as the ngx_http_grpc_module page has it. */
export const nginxGrpc: Proxy = nginx(
  "nginx, grpc_pass",
  (listen, target) => `
        listen 127.0.0.1:${listen} http2;
        location / { grpc_pass grpc://127.0.0.1:${target}; }`,
);

/** nginx on HTTP/1.1, without the buffering that is its default. */
export const nginxHttp1: Proxy = nginx(
  "nginx, HTTP/1.1",
  (listen, target) => `
        listen 127.0.0.1:${listen};
        location / {
          proxy_pass http://127.0.0.1:${target};
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_request_buffering off;
          proxy_buffering off;
        }`,
);

/** HAProxy, HTTP/2 on both sides. */
export const haproxy: Proxy = {
  name: "HAProxy",
  config: (listen, target) => `
    global
      maxconn 100
    defaults
      mode http
      timeout connect 5s
      timeout client 60s
      timeout server 60s
    frontend in
      bind 127.0.0.1:${listen} proto h2
      default_backend out
    backend out
      server peer 127.0.0.1:${target} proto h2
`,
  command: (file) => ["haproxy", "-db", "-q", "-f", file],
};

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
