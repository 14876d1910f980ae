import { ConnectError } from "../../error/connect-error.js";
import { HeaderMap } from "../../http/header-map.js";
import type { HeaderLimits } from "../../http/http-client.js";

/**
 * Metadata that a peer wrote into a body. It has the limits of headers, and what could not stand in an HTTP header is
 * left out: it would become one as soon as somebody passes the metadata on.
 */
export class BodyMetadata {
  readonly trailers: HeaderMap = new HeaderMap();
  readonly limits: HeaderLimits;
  bytes = 0;
  pairs = 0;
  /** The limit that was passed. Nothing is taken after it. */
  error: ConnectError | undefined = undefined;

  constructor(limits: HeaderLimits) {
    this.limits = limits;
  }

  append(name: string, value: string): void {
    const { maxHeaderBytes, maxHeaderPairs } = this.limits;
    this.bytes += name.length + value.length + 32;
    this.pairs++;
    if (this.bytes > maxHeaderBytes) this.error ??= tooLarge(`${maxHeaderBytes} bytes`, "maxHeaderBytes");
    else if (this.pairs > maxHeaderPairs) this.error ??= tooLarge(`${maxHeaderPairs} pairs`, "maxHeaderPairs");
    if (this.error !== undefined) return;
    try {
      this.trailers.append(name, value);
    } catch {
      // Metadata is advice: what is malformed must not hide the result of the call.
    }
  }
}

function tooLarge(limit: string, option: string): ConnectError {
  return new ConnectError("resource_exhausted", `the response's trailers have more than ${limit} (${option})`);
}
