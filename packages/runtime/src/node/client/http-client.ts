import type { Agent } from "node:http";
import { checkOptions } from "../../check-options.js";
import type { HeaderMap } from "../../http/header-map.js";
import type {
  HeaderLimits,
  HttpClient,
  HttpClientStream,
  HttpRequestHead,
  HttpResponseSink,
} from "../../http/http-client.js";
import { connectFailure, statusHint } from "../failure.js";
import { newConnectionsOf } from "../platform/agent.js";
import { AutoClientStream, type Negotiation } from "./auto-stream.js";
import { Dialer } from "./dialer.js";
import { tellOfRetry } from "./events.js";
import { FailedClientStream } from "./failed-stream.js";
import { H1Agent, lookingAgent } from "./h1-agent.js";
import { type H1Client, H1ClientStream } from "./h1-stream.js";
import { H2Pool } from "./h2-pool.js";
import { H2ClientStream } from "./h2-stream.js";
import { type ClientConfig, clientConfig, type NodeHttpClientOptions, nodeClientRules, tlsRule } from "./options.js";

/**
 * An HTTP client on `node:http` and `node:http2`, for one origin. Connections are kept and shared by all its calls;
 * idle ones do not keep the process alive.
 *
 * @throws TypeError when `baseUrl` is not an `http:` or `https:` URL
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function createNodeHttpClient(options: NodeHttpClientOptions): HttpClient {
  checkOptions("createNodeHttpClient", options, { ...nodeClientRules, baseUrl: "string", tls: tlsRule(options) });
  return makeNodeHttpClient(options);
}

/** @internal {@link createNodeHttpClient} of options that are checked. */
export function makeNodeHttpClient(options: NodeHttpClientOptions): HttpClient {
  return new NodeHttpClient(clientConfig(options), options.http ?? "auto");
}

class NodeHttpClient implements HttpClient, Negotiation, H1Client {
  readonly origin: string;
  readonly headerLimits: HeaderLimits;
  readonly config: ClientConfig;
  /** `"auto"` until the server was asked. */
  version: "1.1" | "2" | "auto";
  readonly dialer: Dialer;
  readonly pool: H2Pool;
  readonly usersAgent: Agent | undefined;
  readonly ownAgent: H1Agent;
  readonly undecided: Set<AutoClientStream>;
  asking: boolean;
  /** The server chose the version. */
  negotiated: boolean;
  closed: boolean;
  answered: boolean;
  /** When a response over HTTP/1.1 ended last. */
  endedAt: number;

  constructor(config: ClientConfig, version: "1.1" | "2" | "auto") {
    this.origin = config.origin;
    this.headerLimits = config;
    this.config = config;
    // An agent is for HTTP/1.1, and all connections are to be its own.
    this.version = version === "auto" && (!config.secure || config.agent !== undefined) ? "1.1" : version;
    this.dialer = new Dialer(config);
    this.pool = new H2Pool(this.dialer);
    this.usersAgent = config.agent === undefined ? undefined : lookingAgent(config.agent, this);
    this.ownAgent = new H1Agent(this.dialer);
    this.undecided = new Set();
    this.asking = false;
    this.negotiated = false;
    this.closed = false;
    this.answered = false;
    this.endedAt = 0;
  }

  get agent(): Agent {
    return this.usersAgent ?? this.ownAgent.agent;
  }

  get agentOfNew(): Agent {
    return newConnectionsOf(this.config.agent ?? this.ownAgent.agent);
  }

  request(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    if (this.closed) {
      return new FailedClientStream(sink, { reason: "lost", unprocessed: true, message: "the client was closed" });
    }
    if (head.again !== undefined) tellOfRetry(this.origin, head.path, head.again);
    if (this.version === "auto") return new AutoClientStream(this, head, sink);
    return this.send(head, sink);
  }

  /** Starts an exchange of which the HTTP version is known. */
  send(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    return this.version === "2" ? new H2ClientStream(this.pool, head, sink) : this.requestH1(head, sink);
  }

  hint(status: number, requestHeaders: HeaderMap): string | undefined {
    return statusHint(status, requestHeaders);
  }

  requestH1(head: HttpRequestHead, sink: HttpResponseSink): HttpClientStream {
    if (head.needsFullDuplex || head.needsTrailers) {
      const what = head.needsTrailers ? "gRPC" : "a call that sends and receives at the same time";
      const cause = this.negotiated ? "the server does not offer it by ALPN" : 'set http: "2" on the transport';
      const hint = head.needsTrailers
        ? `${cause}, or take connect() or grpcWeb()`
        : `${cause}, or allowHalfDuplexBidiOverHttp1 on both sides`;
      return new FailedClientStream(sink, {
        reason: "unsupported",
        unprocessed: true,
        message: `${what} needs HTTP/2, and this is HTTP/1.1: ${hint}`,
      });
    }
    return new H1ClientStream(this, head, sink);
  }

  /** Makes one connection to learn by ALPN what the server speaks. That connection is then used. */
  ask(stream: AutoClientStream): void {
    this.undecided.add(stream);
    if (this.asking) return;
    this.asking = true;
    this.dialer.dial(["h2", "http/1.1"], (error, socket) => {
      this.asking = false;
      const streams = [...this.undecided];
      this.undecided.clear();
      if (socket === undefined) {
        const failure = connectFailure(this.config.origin, error);
        for (const waiting of streams) waiting.fail(failure);
        return;
      }
      if ((socket as { alpnProtocol?: unknown }).alpnProtocol === "h2") {
        this.version = "2";
        // It may be another server by then. The calls that wait were not sent, and find out anew when they are tried again.
        this.pool.onConnectFailed = () => {
          this.version = "auto";
        };
        this.pool.adopt(socket);
      } else {
        this.version = "1.1";
        this.negotiated = true;
        this.ownAgent.spare.push(socket);
      }
      for (const waiting of streams) waiting.decide(this.send(waiting.requestHead, waiting.sink));
      // Nobody wants it any more.
      for (const unused of this.ownAgent.spare.splice(0)) unused.destroy();
      this.pool.closeIdle();
    });
  }

  forget(stream: AutoClientStream): void {
    this.undecided.delete(stream);
  }

  dropIdle(): void {
    this.ownAgent.dropIdle();
  }

  close(): void {
    this.closed = true;
    this.pool.close();
    // The user's own is not ours to close.
    this.ownAgent.close();
  }
}
