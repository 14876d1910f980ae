import type { Agent } from "node:http";
import type { HttpClient, HttpClientStream, HttpRequestHead, HttpResponseSink } from "../http/http-client.js";
import { AutoClientStream, type Negotiation } from "./client-auto.js";
import { H1ClientStream } from "./client-h1.js";
import { H2ClientStream } from "./client-h2.js";
import { type ClientConfig, clientConfig, type NodeHttpClientOptions } from "./client-options.js";
import { FailedClientStream } from "./failed-stream.js";
import { connectFailure } from "./failure.js";
import { H1Agent } from "./h1-agent.js";
import { H2Pool } from "./h2-pool.js";
import { openSocket } from "./open-socket.js";

/**
 * An HTTP client on `node:http` and `node:http2`, for one origin. Connections are kept and shared by all its calls;
 * idle ones do not keep the process alive.
 *
 * @throws TypeError when `baseUrl` is no `http:` or `https:` URL
 */
export function createNodeHttpClient(options: NodeHttpClientOptions): HttpClient {
  return new NodeHttpClient(clientConfig(options), options.http ?? "auto");
}

class NodeHttpClient implements HttpClient, Negotiation {
  readonly origin: string;
  readonly config: ClientConfig;
  /** `"auto"` until the server was asked. */
  version: "1.1" | "2" | "auto";
  readonly pool: H2Pool;
  readonly agent: Agent;
  readonly undecided: Set<AutoClientStream>;
  asking: boolean;
  /** The server chose the version. */
  negotiated: boolean;
  closed: boolean;

  constructor(config: ClientConfig, version: "1.1" | "2" | "auto") {
    this.origin = config.origin;
    this.config = config;
    this.version = version === "auto" && !config.secure ? "1.1" : version;
    this.pool = new H2Pool(config);
    this.agent = config.agent ?? new H1Agent(config);
    this.undecided = new Set();
    this.asking = false;
    this.negotiated = false;
    this.closed = false;
  }

  request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    if (this.closed) {
      return new FailedClientStream(sink, { reason: "lost", unprocessed: true, message: "the client was closed" });
    }
    if (this.version === "2") return new H2ClientStream(this.pool, head, sink);
    if (this.version === "auto") return new AutoClientStream(this, head, sink);
    return this.requestH1(head, sink);
  }

  requestH1(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    if (head.needsFullDuplex || head.needsTrailers) {
      const what = head.needsTrailers ? "gRPC" : "a call that sends and receives at the same time";
      const hint = this.negotiated ? "the server does not offer it by ALPN" : 'set http: "2" on the transport';
      return new FailedClientStream(sink, {
        reason: "unsupported",
        unprocessed: true,
        message: `${what} needs HTTP/2, and this is HTTP/1.1: ${hint}`,
      });
    }
    return new H1ClientStream(this.config, this.agent, head, sink);
  }

  /** Makes one connection to learn by ALPN what the server speaks. That connection is then used. */
  ask(stream: AutoClientStream): void {
    this.undecided.add(stream);
    if (this.asking) return;
    this.asking = true;
    const { config } = this;
    openSocket(
      {
        host: config.host,
        port: config.port,
        socketPath: config.socketPath,
        tls: config.tls,
        alpn: ["h2", "http/1.1"],
        timeoutMs: config.connectTimeoutMs,
      },
      (error, socket) => {
        this.asking = false;
        const streams = [...this.undecided];
        this.undecided.clear();
        if (socket === undefined) {
          const failure = connectFailure(config.origin, error);
          for (const waiting of streams) waiting.fail(failure);
          return;
        }
        if (this.closed) {
          socket.destroy();
        } else if ((socket as { alpnProtocol?: unknown }).alpnProtocol === "h2") {
          this.version = "2";
          // It may be another server by then. The calls that wait were not sent, and find out anew when they are tried again.
          this.pool.onConnectFailed = () => {
            this.version = "auto";
          };
          this.pool.adopt(socket);
        } else {
          this.version = "1.1";
          this.negotiated = true;
          if (this.agent instanceof H1Agent) this.agent.spare.push(socket);
          else socket.destroy();
        }
        for (const waiting of streams) waiting.decide(this.request(waiting.requestHead, waiting.sink));
        // Nobody wants it any more.
        if (this.agent instanceof H1Agent) for (const unused of this.agent.spare.splice(0)) unused.destroy();
      },
    );
  }

  forget(stream: AutoClientStream): void {
    this.undecided.delete(stream);
  }

  close(): void {
    this.closed = true;
    this.pool.close();
    this.agent.destroy();
  }
}
