// What `cacheable_unary` wants before the server: a proxy that answers again what `cache-control` lets it (RFC 9111).
import http from "node:http";
import http2 from "node:http2";
import { readArguments } from "../arguments.js";

interface Cached {
  readonly at: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

const { server_port } = readArguments({ server_port: "8080" });
const cache = new Map<string, Cached>();

const proxy = http2.createServer((request, response) => {
  const { method, url } = request;
  const cached = method === "GET" ? cache.get(url) : undefined;
  if (cached !== undefined) {
    const age = Math.floor((Date.now() - cached.at) / 1000);
    response.writeHead(200, { ...cached.headers, age: String(age) }).end(cached.body);
    return;
  }
  const { host: _host, ...headers } = request.headers;
  const fields = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(":")));
  const forwarded = http.request(
    { host: "127.0.0.1", port: server_port, method, path: url, headers: fields },
    (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const {
          connection: _connection,
          "keep-alive": _keepAlive,
          "transfer-encoding": _coding,
          ...kept
        } = answer.headers;
        const body = Buffer.concat(chunks);
        const status = answer.statusCode ?? 502;
        if (method === "GET" && status === 200 && /\bmax-age=[1-9]/.test(kept["cache-control"] ?? "")) {
          cache.set(url, { at: Date.now(), headers: kept, body });
        }
        response.writeHead(status, kept).end(body);
      });
    },
  );
  request.pipe(forwarded);
});
proxy.listen(0, "127.0.0.1", () => {
  const address = proxy.address();
  console.log(`listening on port ${typeof address === "object" ? address?.port : undefined}`);
});
