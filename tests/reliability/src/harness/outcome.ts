/** What a harness asks of an RPC of the test kit, whichever library carries it. */
export type Method = "ping" | "sum" | "countUp" | "cumSum";

/** A message of the test kit, with the members of all its requests. */
export interface RequestInit {
  readonly number?: bigint;
  readonly delayMs?: number;
  readonly data?: Uint8Array;
  readonly padding?: Uint8Array;
  readonly text?: string;
}

export interface CallInit {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** The library is not told that the RPC has no side effects. */
  readonly unsafe?: boolean;
  /** Is called with each message of the response. */
  readonly onMessage?: (message: AnswerMessage) => void;
}

export interface AnswerMessage {
  readonly number?: bigint;
  readonly sum?: bigint;
  readonly data?: Uint8Array;
  readonly padding?: Uint8Array;
}

/** How a call ended. */
export interface Outcome {
  /** `"ok"`, or the name of the error's code. */
  readonly code: string;
  readonly message: string;
  /** `number` or `sum` of each message that came. */
  readonly numbers: readonly bigint[];
  readonly ms: number;
}

/** A library's client, made so that all libraries look alike. */
export interface PeerClient {
  /** Always resolves: a failed call has the code of its error. */
  call(
    method: Method,
    requests: readonly RequestInit[] | AsyncIterable<RequestInit>,
    init?: CallInit,
  ): Promise<Outcome>;
  close(): Promise<void>;
}

export type PeerName = "ours" | "grpc-js" | "connect-node";

export interface Wire {
  readonly protocol: "connect" | "grpc" | "grpc-web";
  readonly http: "1.1" | "2";
}

export const connectH1: Wire = { protocol: "connect", http: "1.1" };
export const connectH2: Wire = { protocol: "connect", http: "2" };
export const grpcH2: Wire = { protocol: "grpc", http: "2" };
export const grpcWebH1: Wire = { protocol: "grpc-web", http: "1.1" };

/** The wires that a library speaks among these. */
export function wiresOf(peer: PeerName, ...wires: readonly Wire[]): readonly Wire[] {
  return peer === "grpc-js" ? wires.filter(({ protocol }) => protocol === "grpc") : wires;
}

/** The names of gRPC's status codes, by number. */
export const codeNames: readonly string[] = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** The number that a message of any response carries. */
export function numberOf({ number, sum }: AnswerMessage): bigint {
  return number ?? sum ?? 0n;
}
