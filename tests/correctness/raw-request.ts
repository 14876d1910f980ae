import http from "node:http";
import http2 from "node:http2";

/** Which HTTP to speak. */
export type Version = "1.1" | "2";

export interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | string;
}

export interface Response {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly body: Buffer;
  readonly trailers: { readonly [name: string]: unknown };
}

/** An envelope; its declared length may be a lie. */
export function envelope(flags: number, payload: Uint8Array | string, declared?: number): Buffer {
  const bytes = Buffer.from(payload);
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(declared ?? bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Sends a request as it is given, and gives the whole answer. */
export function send(port: number, version: Version, request: Request): Promise<Response> {
  const answer = version === "1.1" ? sendH1(port, request) : sendH2(port, request);
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the request hangs")), 5000);
  });
  return Promise.race([answer, hang]).finally(() => clearTimeout(timer));
}

function sendH1(port: number, { method = "POST", path = "/", headers, body = "" }: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: port, agent: false, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          trailers: response.trailers,
        }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function sendH2(port: number, { method = "POST", path = "/", headers, body = "" }: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream: false });
    let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    let trailers: http2.IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (got) => {
      head = got;
    });
    stream.on("trailers", (got) => {
      trailers = got;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      session.close();
      resolve({ status: head[":status"] ?? 0, headers: head, body: Buffer.concat(chunks), trailers });
    });
    stream.end(body);
  });
}

/** The code that a response of any protocol carries. */
export function codeOf({ headers, body, trailers }: Response): string | number | undefined {
  const type = String(headers["content-type"]);
  if (type === "application/json") return JSON.parse(body.toString()).code;
  const status = trailers["grpc-status"] ?? headers["grpc-status"];
  if (status !== undefined) return Number(status);
  if (type.startsWith("application/connect+")) {
    for (let at = 0; at < body.length; at += 5 + body.readUInt32BE(at + 1)) {
      if (((body[at] ?? 0) & 2) !== 0) return JSON.parse(body.subarray(at + 5).toString()).error?.code ?? "ok";
    }
  }
  const web = /grpc-status: ?(\d+)/i.exec(body.toString("latin1"));
  return web === null ? undefined : Number(web[1]);
}
