import type { Interceptor } from "@connect-ts/runtime";
import type { WatchResponseInit } from "../gen/chat/v1/chat_init.js";
import type { Sessions } from "./sessions.js";

/** Tells each session of its calls, as this server sees them: when one begins, and how it ended. */
export function record(sessions: Sessions): Interceptor {
  let calls = 0;
  return async (call, next) => {
    const session = sessions.ofToken(call.requestHeaders) ?? sessions.ofCookie(call.requestHeaders);
    const method = call.spec.procedure.split("/")[2] ?? "";
    if (session === undefined || method === "Watch") return next();
    const id = ++calls;
    const start = performance.now();
    const tell = (status: string): void => {
      const event: WatchResponseInit = {
        id,
        callNumber: Number.parseInt(call.requestHeaders.get("call-number") ?? "0", 10) || 0,
        method,
        protocol: call.peer.protocol,
        contentType: call.requestHeaders.get("content-type") ?? "",
        status,
        responseMessages: call.stats.responseMessages,
        milliseconds: Math.round(performance.now() - start),
      };
      session.events.emit("call", event);
    };
    tell("");
    try {
      await next();
    } finally {
      tell(call.status ?? "unknown");
    }
  };
}
