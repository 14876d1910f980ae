/** How servers and clients of a scenario are set up. What is not said here is every stack's default. */
export interface Setup {
  /** The protocol and HTTP version. */
  readonly wire: "grpc" | "json-http1";
  /** An interceptor that does nothing, on both sides. */
  readonly interceptors?: boolean;
  /** A deadline for each call, which does not pass. */
  readonly timeoutMs?: number;
  readonly tls?: Certificates;
  /** Clients accept no compression. @default what the stack does */
  readonly compression?: false;
}

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A client with one connection (HTTP/2) or a pool (HTTP/1.1). What a stack cannot do is left out. */
export interface Client {
  tiny?(): Promise<void>;
  nested?(): Promise<void>;
  blob?(): Promise<void>;
  /** Reads this many messages of one call. */
  subscribe?(count: number): Promise<void>;
  /** Sends this many messages in one call. */
  publish?(count: number): Promise<void>;
  /** Sends a message and waits for its answer, this many times in one call. */
  chat?(count: number): Promise<void>;
  /** Opens a bidirectional call, gets one answer, and leaves the call open. */
  idle?(): Promise<void>;
}

/** An RPC stack, or the bare transport. */
export interface Peer {
  /** Starts a server on a free port of the loopback interface. */
  serve(setup: Setup): Promise<number>;
  connect(setup: Setup, port: number): Client;
}

/** What is not answered as it should be makes its figures worthless. */
export function check(answered: boolean): void {
  if (!answered) throw new Error("the answer is not what it should be");
}
