// A file of its own: retries and hedging share the tokens of a server.
import type { Throttling } from "./policy.js";

/** The tokens of one server (gRFC A6, "Throttling Retry Attempts and Hedged RPCs"). */
export class TokenBucket {
  readonly maxTokens: number;
  readonly tokenRatio: number;
  tokens: number;

  constructor({ maxTokens, tokenRatio }: Throttling) {
    this.maxTokens = maxTokens;
    this.tokenRatio = tokenRatio;
    this.tokens = maxTokens;
  }

  get allowsRetry(): boolean {
    return this.tokens > this.maxTokens / 2;
  }

  /** An attempt succeeded, or failed in a way that says nothing of the server's health, or failed. */
  record(outcome: "good" | "neutral" | "bad"): void {
    if (outcome === "good") this.tokens = Math.min(this.maxTokens, this.tokens + this.tokenRatio);
    else if (outcome === "bad") this.tokens = Math.max(0, this.tokens - 1);
  }
}

/** No limit on retries. */
export const unlimited: Pick<TokenBucket, "allowsRetry" | "record"> = { allowsRetry: true, record() {} };
