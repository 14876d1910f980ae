import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { ConnectError, type ContextKey, createContextKey, type HeaderMap, type Interceptor } from "@connect-ts/runtime";

/** A conversation with one person. */
export interface Session {
  readonly name: string;
  /** Emits `"call"` for each call of the session that begins, and when it has ended. */
  readonly events: EventEmitter;
  /** What Eliza has answered so far. */
  turns: number;
  /** @internal */
  token: string;
  /** @internal In milliseconds of `performance.now()`. */
  expires: number;
}

/** The sessions of a server. They are in its memory, and the oldest go first. */
export interface Sessions {
  readonly lifetimeMs: number;
  /** Begins a session. Gives it, and the value of its cookie. */
  begin(name: string): { readonly session: Session; readonly cookie: string };
  /** Gives a session a new token. */
  renew(session: Session): Session;
  /** The session whose token a call has; it may have expired. */
  ofToken(headers: HeaderMap): Session | undefined;
  /** The session whose cookie a call has. */
  ofCookie(headers: HeaderMap): Session | undefined;
}

/** Whose call it is: what the service reads from `context.values`. */
export const caller: ContextKey<Session | undefined> = createContextKey<Session | undefined>(undefined, {
  description: "caller",
});

const maxSessions = 1000;

export function createSessions(lifetimeMs: number): Sessions {
  const byCookie = new Map<string, Session>();
  const byToken = new Map<string, Session>();

  const renew = (session: Session): Session => {
    byToken.delete(session.token);
    session.token = randomUUID();
    session.expires = performance.now() + lifetimeMs;
    byToken.set(session.token, session);
    return session;
  };
  return {
    lifetimeMs,
    begin(name) {
      const [oldest] = byCookie;
      if (oldest !== undefined && byCookie.size >= maxSessions) {
        byCookie.delete(oldest[0]);
        byToken.delete(oldest[1].token);
      }
      const cookie = randomUUID();
      const session = renew({ name, events: new EventEmitter(), turns: 0, token: "", expires: 0 });
      byCookie.set(cookie, session);
      return { session, cookie };
    },
    renew,
    ofToken: (headers) => byToken.get(headers.get("authorization")?.replace(/^Bearer /, "") ?? ""),
    ofCookie: (headers) => byCookie.get(/(?:^|; )chat=([\w-]+)/.exec(headers.get("cookie") ?? "")?.[1] ?? ""),
  };
}

/** Refuses calls without a token that is still good. */
export function requireToken(sessions: Sessions): Interceptor {
  return async (call, next) => {
    const session = sessions.ofToken(call.requestHeaders);
    if (session === undefined) throw new ConnectError("unauthenticated", "this token is not known: renew it");
    if (performance.now() > session.expires)
      throw new ConnectError("unauthenticated", "the token has expired: renew it");
    call.values.set(caller, session);
    await next();
  };
}
