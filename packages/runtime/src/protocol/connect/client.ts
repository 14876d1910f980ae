import type { ClientExchange, ClientProtocol, ClientSetup } from "../protocol.js";
import { ConnectGetExchange } from "./client-get.js";
import { ConnectStreamExchange } from "./client-stream.js";
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
  /** The longest path and query to send, in bytes, inclusive. @default 8192, which servers and proxies commonly take */
  readonly maxUrlBytes?: number | undefined;
  /** What to do with a longer one: send a POST, or fail with `resource_exhausted`. @default true */
  readonly fallbackToPost?: boolean | undefined;
}

const defaultMaxUrlBytes = 8192;

/**
 * The Connect protocol: plain POSTs for unary calls, which every HTTP tool can read and make, and
 * envelopes for streams. It needs no HTTP trailers, so it works over every HTTP version and in browsers.
 *
 * @see https://connectrpc.com/docs/protocol
 */
export function connect(options?: ConnectOptions): ClientProtocol {
  const useHttpGet = options?.useHttpGet ?? false;
  const get = typeof useHttpGet === "object" ? useHttpGet : {};
  const maxUrlBytes = get.maxUrlBytes ?? defaultMaxUrlBytes;
  const fallbackToPost = get.fallbackToPost ?? true;
  return {
    name: "connect",
    needsTrailers: false,
    open(setup: ClientSetup): ClientExchange {
      const { spec } = setup;
      if (spec.kind !== "unary") return new ConnectStreamExchange(setup);
      return useHttpGet !== false && spec.idempotency === "no_side_effects"
        ? new ConnectGetExchange(setup, maxUrlBytes, fallbackToPost)
        : new ConnectUnaryExchange(setup);
    },
  };
}
