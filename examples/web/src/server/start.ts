import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { extname } from "node:path";
import type { Interceptor } from "@connect-ts/runtime";
import { type CorsOptions, cors, type Server, serve } from "@connect-ts/runtime/node";
import { record } from "./record.js";
import { chatHandler } from "./service.js";
import { createSessions } from "./sessions.js";

/** Options of the server with the service. */
export interface ChatServerOptions {
  /** The origins of pages that may call. */
  readonly origin: CorsOptions["origin"];
  readonly port?: number;
  /** How long a token is good for. @default 30000 */
  readonly tokenMs?: number;
  /** How long Eliza thinks about a word. @default 90 */
  readonly wordMs?: number;
  /** Run around each call: a log, for one. */
  readonly interceptors?: readonly Interceptor[];
}

/** Serves the service, to pages of other origins. */
export async function serveChat(options: ChatServerOptions): Promise<Server> {
  const { origin, port = 0, tokenMs = 30_000, wordMs = 90, interceptors = [] } = options;
  const sessions = createSessions(tokenMs);
  // #region serve
  return serve({
    handlers: chatHandler(sessions, wordMs),
    host: "localhost",
    port,
    interceptors: [...interceptors, record(sessions)],
    cors: cors({
      origin, // exact: ["https://chat.example.com"]
      credentials: true, // the cookie that renews tokens
      requestHeaders: ["authorization", "call-number"],
    }),
  });
  // #endregion
}

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".woff2", "font/woff2"],
]);

/** Serves the page that was built into a folder, and tells it where the service is. */
export async function servePage(folder: string, apiUrl: string, port = 0): Promise<HttpServer> {
  const files = new Map<string, Buffer | string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = `${entry.parentPath}/${entry.name}`;
    files.set(file.slice(folder.length).replaceAll("\\", "/"), readFileSync(file));
  }
  const html = files.get("/index.html")?.toString() ?? "";
  files.set("/", html.replace(/(?<=<meta name="api" content=")[^"]*/, apiUrl));
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src ${apiUrl}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const body = files.get(path);
    response.setHeader("x-content-type-options", "nosniff").setHeader("content-security-policy", policy);
    if (body === undefined) response.writeHead(404).end("there is no such file");
    else response.setHeader("content-type", types.get(extname(path)) ?? "text/html; charset=utf-8").end(body);
  });
  return new Promise((resolve) => server.listen(port, "localhost", () => resolve(server)));
}
