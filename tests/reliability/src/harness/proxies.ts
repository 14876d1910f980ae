import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How long a proxy may take to listen, and to end. */
const startMs = 5000;
const endMs = 3000;

/** A program that passes HTTP on to several servers. */
export interface ProxyProgram {
  readonly name: string;
  readonly reloadSignal: NodeJS.Signals;
  /** Its configuration, to be written to a file. */
  config(listen: number, targets: readonly number[], dir: string): string;
  command(configFile: string, dir: string): readonly [string, ...string[]];
}

/** `keepaliveRequests`: how many requests a connection of a client gets before nginx ends it. */
const nginx = (name: string, location: string, listen: string, keepaliveRequests = 1000): ProxyProgram => ({
  name,
  reloadSignal: "SIGHUP",
  config: (port, targets, dir) => `
    daemon off;
    user root;
    worker_processes 1;
    pid ${dir}/nginx.pid;
    error_log stderr crit;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path ${dir}/body;
      proxy_temp_path ${dir}/proxy;
      fastcgi_temp_path ${dir}/fastcgi;
      uwsgi_temp_path ${dir}/uwsgi;
      scgi_temp_path ${dir}/scgi;
      keepalive_requests ${keepaliveRequests};
      upstream servers {
        ${targets.map((target) => `server 127.0.0.1:${target} max_fails=0;`).join(" ")}
      }
      server {
        listen 127.0.0.1:${port}${listen};
        location / { ${location} }
      }
    }`,
  command: (file, dir) => ["nginx", "-e", "stderr", "-p", dir, "-c", file],
});

const http1Location = 'proxy_pass http://servers; proxy_http_version 1.1; proxy_set_header Connection "";';

export const nginxGrpc: ProxyProgram = nginx("nginx over HTTP/2", "grpc_pass grpc://servers;", " http2");
export const nginxHttp1: ProxyProgram = nginx("nginx over HTTP/1.1", http1Location, "");
/** Ends connections of clients all the time. */
export const nginxGrpcShort: ProxyProgram = nginx(
  "nginx over HTTP/2 with 20 requests a connection",
  "grpc_pass grpc://servers;",
  " http2",
  20,
);
export const nginxHttp1Short: ProxyProgram = nginx(
  "nginx over HTTP/1.1 with 20 requests a connection",
  http1Location,
  "",
  20,
);

const haproxy = (name: string, proto: string): ProxyProgram => ({
  name,
  reloadSignal: "SIGUSR2",
  config: (listen, targets, dir) => `
    global
      maxconn 1000
      stats socket ${dir}/admin.sock mode 600 level admin expose-fd listeners
      hard-stop-after 20s
    defaults
      mode http
      timeout connect 5s
      timeout client 60s
      timeout server 60s
      retries 3
      option redispatch 1
    frontend in
      bind 127.0.0.1:${listen}${proto}
      default_backend out
    backend out
      balance roundrobin
${targets.map((target) => `      server s${target} 127.0.0.1:${target}${proto}`).join("\n")}
`,
  command: (file) => ["haproxy", "-W", "-db", "-q", "-f", file],
});

export const haproxyH2: ProxyProgram = haproxy("HAProxy over HTTP/2", " proto h2");
export const haproxyHttp1: ProxyProgram = haproxy("HAProxy over HTTP/1.1", "");

/** A proxy that runs. */
export class RunningProxy {
  readonly program: ProxyProgram;
  readonly child: ChildProcess;
  readonly port: number;
  readonly dir: string;
  readonly ended: Promise<void>;
  errors = "";
  over = false;

  constructor(program: ProxyProgram, port: number, targets: readonly number[]) {
    this.program = program;
    this.port = port;
    this.dir = mkdtempSync(join(tmpdir(), "connect-ts-proxy-"));
    const file = join(this.dir, "proxy.conf");
    writeFileSync(file, program.config(port, targets, this.dir));
    const [command, ...args] = program.command(file, this.dir);
    this.child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr?.on("data", (chunk) => {
      this.errors = `${this.errors}${chunk}`.slice(-2000);
    });
    this.ended = new Promise((resolve) => {
      const end = (why: unknown): void => {
        this.over = true;
        this.errors += String(why);
        resolve();
      };
      this.child.on("error", end);
      this.child.on("close", end);
    });
  }

  static async start(program: ProxyProgram, targets: readonly number[]): Promise<RunningProxy> {
    const proxy = new RunningProxy(program, await freePort(), targets);
    const until = performance.now() + startMs;
    while (!(await listens(proxy.port))) {
      if (proxy.over || performance.now() > until) {
        await proxy.stop();
        throw new Error(`${program.name} does not listen: ${proxy.errors}`);
      }
      await delay(20);
    }
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Takes its configuration anew: old workers end when their calls have. */
  reload(): void {
    this.child.kill(this.program.reloadSignal);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), endMs);
    await this.ended;
    clearTimeout(timer);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Neither proxy can say which port it chose. */
export function freePort(): Promise<number> {
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
