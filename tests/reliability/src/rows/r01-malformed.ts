import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { codeOf, type Response } from "../../../correctness/raw-request.js";
import { codeNames } from "../harness/outcome.js";
import { type Row, type RowRun, times } from "../harness/row.js";
import { contentType, paths, type RequestCase, requestCases, type Surface } from "./r01-requests.js";
import { responses } from "./r01-responses.js";

/** The short form has one of so many cases; another one in each surface. */
const step = 5;
const limitMs = 10_000;

export const r01: Row = {
  id: "R1",
  promise: "malformed input, both sides, three protocols: 0 crash, 0 hang, 0 unhandled, the right code every time",
  peers: ["ours", "grpc-js", "connect-node"],
  seconds: [100, 600],
  async run(run) {
    let sent = 0;
    for (const http of ["1.1", "2"] as const) {
      const surfaces = surfacesOf(run, http);
      if (surfaces.length === 0) continue;
      const server = await run.server({ http });
      const wire = new RawClient(server.port, http);
      for (const [index, surface] of surfaces.entries()) {
        const cases = [...requestCases(surface)].filter((_, at) => run.long || (at + index) % step === 0);
        sent += cases.length;
        await times(cases.length, 16, (at) => request(run, wire, surface, cases[at] as RequestCase));
      }
      await wire.close();
      await run.endServer(server);
    }
    const received = await responses(run, run.long ? 1 : step);
    const wrong = run.problemCount;
    return `${sent} requests and ${received} responses, ${wrong} wrong`;
  },
};

function surfacesOf(run: RowRun, version: "1.1" | "2"): Surface[] {
  const protocols = run.peer === "grpc-js" ? (["grpc"] as const) : (["connect", "grpc-web", "grpc"] as const);
  const result: Surface[] = [];
  for (const protocol of protocols) {
    if (protocol === "grpc" && version === "1.1") continue;
    for (const codec of run.peer === "grpc-js" ? (["proto"] as const) : (["proto", "json"] as const)) {
      for (const kind of ["unary", "client", "server", "bidi"] as const) {
        if (kind === "bidi" && version === "1.1") continue;
        result.push({ http: version, protocol, codec, kind });
      }
    }
  }
  return result;
}

async function request(run: RowRun, wire: RawClient, surface: Surface, one: RequestCase): Promise<void> {
  const name = `${surface.protocol} ${surface.codec} ${surface.kind} over HTTP/${surface.http}, ${one.name}`;
  let told: string;
  try {
    const response = await wire.send(surface, one);
    const code = codeOf(response);
    const named = typeof code === "number" ? (codeNames[code] ?? `status ${code}`) : code;
    told = named ?? (response.status === 200 ? "ok" : `http ${response.status}`);
  } catch (error) {
    told = (error as Error).message;
  }
  run.check(one.allowed.includes(told), `${name}: ${told}, expected ${one.allowed.join(" or ")}`);
}

/** Sends requests as they are given; connections are used again. */
class RawClient {
  readonly agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  session: http2.ClientHttp2Session | undefined;
  readonly port: number;
  readonly version: "1.1" | "2";

  constructor(port: number, version: "1.1" | "2") {
    this.port = port;
    this.version = version;
  }

  async send(surface: Surface, one: RequestCase): Promise<Response> {
    const isCall = (one.method ?? "POST") === "POST";
    const headers = {
      ...(isCall && { "content-type": contentType(surface) }),
      ...(surface.protocol === "grpc" && { te: "trailers" }),
      ...one.headers,
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("it hangs")), limitMs);
    });
    const path = one.path ?? paths[surface.kind];
    try {
      return await Promise.race([
        late,
        this.version === "2" ? this.overH2(path, one, headers) : this.overH1(path, one, headers),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  overH1(path: string, one: RequestCase, headers: Readonly<Record<string, string>>): Promise<Response> {
    return new Promise((resolve, reject) => {
      const sent = http.request({
        port: this.port,
        host: "127.0.0.1",
        agent: this.agent,
        path,
        method: one.method ?? "POST",
        headers,
      });
      sent.on("error", (error: Error & { readonly code?: string }) => {
        // A connection that the server closed meanwhile: the request was not read.
        if (sent.reusedSocket && error.code === "ECONNRESET") this.overH1(path, one, headers).then(resolve, reject);
        else reject(error);
      });
      sent.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            trailers: response.trailers,
          }),
        );
      });
      write(sent, one.chunks);
    });
  }

  async overH2(path: string, one: RequestCase, headers: Readonly<Record<string, string>>): Promise<Response> {
    if (this.session === undefined || this.session.closed || this.session.destroyed) {
      this.session = http2.connect(`http://127.0.0.1:${this.port}`);
      this.session.on("error", () => {});
      await once(this.session, "connect");
    }
    const { session } = this;
    return new Promise((resolve, reject) => {
      const stream = session.request(
        { ":method": one.method ?? "POST", ":path": path, ...headers },
        { endStream: false },
      );
      let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
      let trailers: Response["trailers"] = {};
      const chunks: Buffer[] = [];
      stream.on("response", (got) => {
        head = got;
      });
      stream.on("trailers", (got) => {
        trailers = got;
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("close", () =>
        resolve({ status: head[":status"] ?? 0, headers: head, body: Buffer.concat(chunks), trailers }),
      );
      write(stream, one.chunks);
    });
  }

  async close(): Promise<void> {
    this.agent.destroy();
    this.session?.close();
  }
}

/** Each chunk is a packet of its own, as far as that can be had. */
function write(to: { write(chunk: Uint8Array): unknown; end(): unknown }, chunks: readonly Uint8Array[]): void {
  const [chunk, ...rest] = chunks;
  if (chunk === undefined) {
    to.end();
    return;
  }
  to.write(chunk);
  if (rest.length === 0) to.end();
  else setImmediate(write, to, rest);
}
