import { binary, type CallOptions, connect, grpcWeb, json } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { type ChatServiceClient, createChatServiceClient } from "./gen/chat/v1/chat_connect.js";
import type { Token } from "./gen/chat/v1/chat_pb.js";
import { sendToken, type Tokens } from "./token.js";

export const protocols = ["Connect", "gRPC-Web"] as const;
export const codecs = ["Binary", "JSON"] as const;

/** How calls are made. */
export interface Settings {
  readonly protocol: (typeof protocols)[number];
  readonly codec: (typeof codecs)[number];
}

/** What is known of the token, to be shown. */
export interface TokenState {
  /** In milliseconds of `performance.now()`; 0 for a token that the server does not know. */
  readonly expires: number;
  readonly lifetimeMs: number;
  /** How often it was renewed. */
  readonly renewals: number;
}

/** A person who has signed in. */
export interface Account {
  readonly name: string;
  /** A client that sends the token of this account. */
  client(settings: Settings): ChatServiceClient;
  /** Takes a token that the server refuses, to see what happens then. */
  spoilToken(): void;
  tokenState(): TokenState;
  /** Tells of changes of the token's state. Gives a function that ends that. */
  onTokenChange(listener: () => void): () => void;
}

/** Where the service is: another origin than that of the page. */
const baseUrl = document.querySelector<HTMLMetaElement>('meta[name="api"]')?.content ?? "/";

// #region client
/** A client for each choice of protocol and codec. */
function clientOf({ protocol, codec }: Settings, tokens?: Tokens): ChatServiceClient {
  const transport = createFetchTransport({
    baseUrl, // "https://api.example.com"
    protocol: protocol === "gRPC-Web" ? grpcWeb() : connect(),
    codec: codec === "JSON" ? json() : binary(),
    credentials: "include", // the cookie that renews the token
  });
  return createChatServiceClient(transport, { interceptors: tokens === undefined ? [] : [sendToken(tokens)] });
}
// #endregion

let calls = 0;

/** Numbers a call, so that the page finds it in what the server saw. */
export function numbered(signal?: AbortSignal): { readonly number: number; readonly options: CallOptions } {
  const number = ++calls;
  return { number, options: { signal, headers: { "call-number": String(number) } } };
}

/** Signs in. Fails with what is wrong with the fields `name` and `topic`. */
export async function signIn(name: string, topic: string, settings: Settings): Promise<Account> {
  const { token } = await clientOf(settings).signIn({ name, topic }, numbered().options);
  return createAccount(name.trim(), token);
}

function createAccount(name: string, first: Token | undefined): Account {
  const renewer = clientOf({ protocol: "Connect", codec: "JSON" });
  const listeners = new Set<() => void>();
  let value = "";
  let state: TokenState = { expires: 0, lifetimeMs: 0, renewals: 0 };
  let renewing: Promise<string> | undefined;

  const take = (next: string, lifetimeMs: number, renewals: number): string => {
    value = next;
    state = { expires: lifetimeMs === 0 ? 0 : performance.now() + lifetimeMs, lifetimeMs, renewals };
    for (const listener of listeners) listener();
    return next;
  };
  const renew = async (): Promise<string> => {
    const { token } = await renewer.renew({}, numbered().options);
    return take(token?.value ?? "", token?.lifetimeMs ?? 0, state.renewals + 1);
  };
  const tokens: Tokens = {
    current: () => value,
    renew() {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
  take(first?.value ?? "", first?.lifetimeMs ?? 0, 0);

  return {
    name,
    client: (settings) => clientOf(settings, tokens),
    spoilToken: () => take("spoiled", 0, state.renewals),
    tokenState: () => state,
    onTokenChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
