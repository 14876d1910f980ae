import { bytes, checkOption, checkOptions, type RulesFor } from "../../check-options.js";
import type { ClientExchange, ClientProtocol, ClientSetup } from "../protocol.js";
import { ConnectGetExchange } from "./client-get.js";
import { ConnectUnaryExchange } from "./client-unary.js";

/** Options of the Connect protocol. */
export interface ConnectOptions {
  /**
   * Send unary calls of RPCs without side effects (`option idempotency_level = NO_SIDE_EFFECTS`) as
   * GET, so that browsers and proxies can cache the responses.
   *
   * @default false
   */
  readonly useHttpGet?: boolean | ConnectGetOptions | undefined;
}

/** How to use GET. */
export interface ConnectGetOptions {
  /** The longest path and query to send, in bytes from 0 to 4294967295, inclusive. @default 8192, which servers and proxies commonly take */
  readonly maxUrlBytes?: number | undefined;
  /** What to do with a longer one: send a POST, or fail with `resource_exhausted`. @default true */
  readonly fallbackToPost?: boolean | undefined;
}

const defaultMaxUrlBytes = 8192;
const getRules: RulesFor<ConnectGetOptions> = { maxUrlBytes: bytes, fallbackToPost: "boolean" };

/**
 * The Connect protocol: plain POSTs for unary calls, which every HTTP tool can read and make, and
 * envelopes for streams. It needs no HTTP trailers, so it works over every HTTP version and in browsers.
 *
 * @see https://connectrpc.com/docs/protocol
 * @throws TypeError or RangeError for an unknown option or a bad value
 */
export function connect(options: ConnectOptions = {}): ClientProtocol {
  checkOptions("connect", options, { useHttpGet: undefined });
  const { useHttpGet = false } = options;
  const isObject = typeof useHttpGet === "object";
  checkOption("useHttpGet of connect", useHttpGet, isObject ? "object" : "boolean");
  const get = isObject ? useHttpGet : {};
  checkOptions("useHttpGet", get, getRules);
  const maxUrlBytes = get.maxUrlBytes ?? defaultMaxUrlBytes;
  const fallbackToPost = get.fallbackToPost ?? true;
  return {
    name: "connect",
    needsTrailers: false,
    open(setup: ClientSetup): ClientExchange {
      const { spec } = setup;
      if (spec.kind !== "unary") return (setup.connectStream as NonNullable<typeof setup.connectStream>)(setup);
      return useHttpGet !== false && spec.idempotency === "no_side_effects"
        ? new ConnectGetExchange(setup, maxUrlBytes, fallbackToPost)
        : new ConnectUnaryExchange(setup);
    },
  };
}
