import type { DescMethod } from "@bufbuild/protobuf";
import type { MessageCodec } from "../message/message-codec.js";

/** The four kinds of RPC: who streams. */
export type Kind = "unary" | "client_streaming" | "server_streaming" | "bidi_streaming";

/** What the schema says of calling an RPC twice (`option idempotency_level`). */
export type Idempotency = "unknown" | "no_side_effects" | "idempotent";

/** The options of a method, service or file: full extension names to values. */
export type SpecOptions = { readonly [extension: string]: unknown };

/** Options that are not mentioned: there are none if those of the method are known, or else there may be some. */
export type OtherOptions<Options> = string extends keyof Options ? SpecOptions : Record<never, never>;

/** What an RPC is. Generated code has one for each RPC; {@link specOf} makes one from a descriptor. */
export interface Spec<
  I = unknown,
  O = unknown,
  K extends Kind = Kind,
  Options = SpecOptions,
  ServiceOptions = OtherOptions<Options>,
  FileOptions = OtherOptions<Options>,
> {
  /** The path of the RPC: `"/connectrpc.eliza.v1.ElizaService/Say"`. */
  readonly procedure: string;
  readonly kind: K;
  readonly idempotency: Idempotency;
  readonly input: MessageCodec<I>;
  readonly output: MessageCodec<O>;
  /** Options of the method, those with source retention left out. */
  readonly options: Options;
  /** Options of the service. */
  readonly serviceOptions: ServiceOptions;
  /** Options of the file that the service is declared in; absent when it has none. */
  readonly fileOptions?: FileOptions;
  /** The descriptor. On handlers and in dynamic clients; absent from generated clients and with generated codecs, which carry none. */
  readonly schema?: DescMethod;
  /** Imports the descriptor. On handlers with generated codecs, which have no `schema`. */
  readonly importSchema?: () => Promise<DescMethod>;
}
