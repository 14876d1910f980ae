import { channel } from "node:diagnostics_channel";
import type { HttpRemote } from "../../http/http-client.js";
import type { HttpFailure } from "../../http/http-failure.js";

/** What clients tell to those who listen: `diagnostics_channel.subscribe("connect-ts:client:connection-opened", ...)`. */
type ConnectionEvent = "connection-opened" | "connection-reused" | "connection-closed" | "goaway";

const channels = {
  "connection-opened": channel("connect-ts:client:connection-opened"),
  "connection-reused": channel("connect-ts:client:connection-reused"),
  "connection-closed": channel("connect-ts:client:connection-closed"),
  goaway: channel("connect-ts:client:goaway"),
  "call-retried": channel("connect-ts:client:call-retried"),
} as const;

/** Tells an event. What it tells is made only when somebody listens. */
export function tell(
  event: ConnectionEvent,
  origin: string,
  remote: HttpRemote | undefined,
  more?: { readonly reason?: string; readonly code?: number; readonly debug?: string },
): void {
  const to = channels[event];
  if (to.hasSubscribers) to.publish({ origin, address: remote?.address, httpVersion: remote?.httpVersion, ...more });
}

/** A request is sent again by itself. */
export function tellOfRetry(origin: string, path: string, { message }: HttpFailure): void {
  const to = channels["call-retried"];
  // The query of a GET has the message.
  if (to.hasSubscribers) to.publish({ origin, path: path.split("?", 1)[0], reason: message });
}

/** Whether somebody wants to know when connections end, for which a listener is needed. */
export function closingIsHeard(): boolean {
  return channels["connection-closed"].hasSubscribers;
}
