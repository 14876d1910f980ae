import type { DescMessage, MessageInitShape, MessageShape, Registry } from "@bufbuild/protobuf";
import { HeaderMap, type HeaderMapInit } from "../http/header-map.js";
import type { Code } from "./code.js";
import { type DetailType, type ErrorDetail, findDetails, makeDetail } from "./detail.js";

const brand: symbol = Symbol.for("connect-ts.ConnectError");

/** What a {@link ConnectError} can be given besides its code and message. */
export interface ConnectErrorOptions {
  /** Headers or trailers that travel with the error. */
  readonly metadata?: HeaderMapInit | undefined;
  /** Details, as {@link ConnectError.addDetail} would add them. */
  readonly details?: readonly ErrorDetail[] | undefined;
  /** What led to the error. It stays in this process: it is never sent. */
  readonly cause?: unknown;
}

/**
 * The error of an RPC: a code, a message, details and metadata. Throw it from a handler and the
 * client gets it; a client's call that fails throws it.
 *
 * `instanceof ConnectError` works across copies and versions of this package.
 *
 * @example
 * throw new ConnectError("not_found", "no such eliza");
 */
export class ConnectError extends Error {
  static {
    // On the prototype, so that it costs nothing to make an error, and every copy finds it.
    Object.defineProperties(ConnectError.prototype, {
      [brand]: { value: true },
      name: { value: "ConnectError", writable: true, configurable: true },
    });
  }

  readonly code: Code;
  /** The message without the code in front. */
  readonly rawMessage: string;
  /** Headers and trailers that came, or go, with the error. */
  readonly metadata: HeaderMap;
  /** The details: messages with their type names. {@link ConnectError.findDetails} decodes them. */
  readonly details: ErrorDetail[];
  /** Whether the error came from the other side of a call. A handler that lets such an error escape answers `internal`. */
  readonly isRemote: boolean;
  /** The RPC whose call failed: `"/connectrpc.eliza.v1.ElizaService/Say"`. Only errors of a client's calls have it; it is never sent. */
  declare readonly procedure?: string;

  constructor(code: Code, message = "", options?: ConnectErrorOptions) {
    const { cause, metadata, details = [] } = options ?? {};
    super(message === "" ? `[${code}]` : `[${code}] ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.rawMessage = message;
    this.metadata = metadata instanceof HeaderMap ? metadata : new HeaderMap(metadata);
    this.details = [...details];
    this.isRemote = false;
  }

  /**
   * The error as if it had come over the wire: for fakes, proxies and tests.
   */
  static remote(code: Code, message = "", options?: ConnectErrorOptions): ConnectError {
    const error = new ConnectError(code, message, options);
    (error as { isRemote: boolean }).isRemote = true;
    return error;
  }

  /**
   * Makes a ConnectError of anything that was thrown. A ConnectError is returned as it is; an
   * `AbortError` becomes `canceled`, a `TimeoutError` `deadline_exceeded`, anything else `code`
   * with the thrown value as its cause.
   *
   * @param code - default `"unknown"`
   */
  static from(reason: unknown, code: Code = "unknown"): ConnectError {
    if (reason instanceof ConnectError) return reason;
    // By name, not instanceof: errors may come from another realm.
    const name = memberOf(reason, "name");
    const ended = name === "AbortError" ? "canceled" : name === "TimeoutError" ? "deadline_exceeded" : code;
    const text = name === undefined ? thrown(reason) : memberOf(reason, "message");
    return new ConnectError(ended, text === undefined ? "" : describe(text), { cause: reason });
  }

  /**
   * Adds a detail: a message made from `init`.
   *
   * @param type - the message's schema, or its codec
   * @throws TypeError for a schema in a bundle without `esCodec`, which is one of generated codecs only
   */
  addDetail<Desc extends DescMessage>(type: Desc, init: MessageInitShape<Desc>): this;
  addDetail<T>(type: DetailType<T>, init: unknown): this;
  addDetail(type: DescMessage | DetailType, init: unknown): this {
    this.details.push(makeDetail(type, init));
    return this;
  }

  /**
   * The details of a type, decoded. Details that do not decode are left out.
   *
   * @param type - a message's schema or codec, or a registry for all types that it knows
   * @throws TypeError for a schema in a bundle without `esCodec`, which is one of generated codecs only
   */
  findDetails<Desc extends DescMessage>(type: Desc): MessageShape<Desc>[];
  findDetails<T>(type: DetailType<T>): T[];
  findDetails(registry: Registry): MessageShape<DescMessage>[];
  findDetails(type: DescMessage | DetailType | Registry): unknown[] {
    return findDetails(this.details, type);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right: a subclass must not claim every ConnectError
    if (this !== ConnectError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return memberOf(value, brand) === true;
  }
}

/** A member of something that was thrown, which may be anything: a proxy or a getter may throw in its turn. */
export function memberOf(value: unknown, name: string | symbol): unknown {
  try {
    return typeof value === "object" && value !== null
      ? (value as { [key: string | symbol]: unknown })[name]
      : undefined;
  } catch {
    return undefined;
  }
}

/** The text of an error that is made of something which is no error. */
function thrown(reason: unknown): string {
  if (typeof reason === "string" && reason !== "") return reason;
  return typeof reason === "object" && reason !== null ? describe(reason) : `${describe(reason) || '""'} was thrown`;
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    // An object without a prototype, for one, has no text.
    return typeof value;
  }
}
