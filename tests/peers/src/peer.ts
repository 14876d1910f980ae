import type { JsonObject } from "@bufbuild/protobuf";
import type { Code } from "@connect-ts/runtime";

/** The RPCs of `ping.v1.PingService`, one and more of each kind. */
export type Method = "Ping" | "Fail" | "Sum" | "CountUp" | "CumSum";

/** How a pair talks. */
export interface Wire {
  readonly protocol: "connect" | "grpc" | "grpc-web" | "grpc-web-text";
  readonly codec: "binary" | "json";
  readonly http: "1.1" | "2";
  /** Connect's GET for RPCs without side effects. */
  readonly get?: boolean;
}

/**
 * What goes over the wire in one way or another, and what not everybody has.
 *
 * "clean resets": a call that is given up ends the request by RST_STREAM alone. Node's `http2` sends END_STREAM before it,
 * so that the handler sees a complete request, may well finish, and then has nothing to be told.
 */
export type Feature =
  | "long requests"
  | "client streaming"
  | "bidi"
  | "response metadata"
  | "details"
  | "deadline"
  | "cancellation"
  | "endless responses"
  | "clean resets"
  | "compressed requests"
  | "compressed responses";

/** A call to make. Messages are ProtoJSON; values of `-bin` headers are base64 without padding. */
export interface Call {
  readonly method: Method;
  readonly requests: readonly JsonObject[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  /** Send the next request when the answer to the one before it is there, and not earlier. */
  readonly interleave?: boolean | undefined;
  /** Do not end the request stream. */
  readonly leaveOpen?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: (() => void) | undefined;
}

/** How a call went, seen from the client. */
export interface Outcome {
  readonly messages: readonly JsonObject[];
  readonly headers: Readonly<Record<string, string>>;
  /** With an error, its metadata. */
  readonly trailers: Readonly<Record<string, string>>;
  readonly error?: OutcomeError | undefined;
}

export interface OutcomeError {
  readonly code: Code;
  readonly message: string;
  /** The `reason` of each `ping.v1.FailDetail`, decoded by the client. */
  readonly reasons: readonly string[];
}

export interface Client {
  call(call: Call): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Server {
  readonly url: string;
  /** How many handlers of a method began. */
  started(method: Method): number;
  /** How many handlers of a method saw that their call was over early. */
  aborted(method: Method): number;
  close(): Promise<void>;
}

/** Makes clients: ours, or a foreign one. */
export interface ClientPeer {
  readonly name: string;
  /** What it has not, and why. */
  readonly lacks: Partial<Record<Feature, string>>;
  /** A deadline that mostly is long enough for a call to reach the handler, in milliseconds. */
  readonly deadlineMs: number;
  /** @param compress - whether to send requests compressed with gzip */
  open(url: string, wire: Wire, compress: boolean): Promise<Client>;
  /** Ends what all its clients share. */
  close(): Promise<void>;
}

/** Makes servers of `ping.v1.PingService`: ours, or a foreign one. */
export interface ServerPeer {
  readonly name: string;
  readonly lacks: Partial<Record<Feature, string>>;
  /** @param compress - whether to compress every response with gzip, if the client takes that */
  serve(wire: Wire, compress: boolean): Promise<Server>;
  close(): Promise<void>;
}

/** Who talks to whom, and how. */
export interface Pair {
  readonly client: () => ClientPeer;
  readonly server: () => ServerPeer;
  readonly wire: Wire;
  /** What this pair cannot do though both sides could, and why. */
  readonly lacks?: Partial<Record<Feature, string>> | undefined;
}

export function wireName({ protocol, codec, http, get }: Wire): string {
  return `${protocol}, ${codec}, HTTP/${http}${get ? ", GET" : ""}`;
}
