import { createHmac, timingSafeEqual } from "node:crypto";
import { ConnectError, type ContextKey, createContextKey, getOption, type Interceptor } from "@connect-ts/runtime";
import { access } from "./gen/shop/v1/access_pb.js";

/** Who makes a call: handlers read it by `context.values.get(identity)`. */
export interface Identity {
  readonly name: string;
  readonly roles: readonly string[];
}

export const identity: ContextKey<Identity | undefined> = createContextKey<Identity | undefined>(undefined, {
  description: "identity",
});

/** Makes and checks tokens: the identity and its signature. Your own come from whoever signs your users in. */
export function tokens(secret: string): { sign(who: Identity): string; verify(token: string): Identity | undefined } {
  const signature = (body: string): Buffer => createHmac("sha256", secret).update(body).digest();
  return {
    sign(who) {
      const body = Buffer.from(JSON.stringify(who)).toString("base64url");
      return `${body}.${signature(body).toString("base64url")}`;
    },
    verify(token) {
      const [body = "", given = ""] = token.split(".");
      const [wanted, came] = [signature(body), Buffer.from(given, "base64url")];
      if (wanted.length !== came.length || !timingSafeEqual(wanted, came)) return undefined;
      return JSON.parse(Buffer.from(body, "base64url").toString()) as Identity;
    },
  };
}

/** Lets in callers with a good token, before a byte of the request is read. */
export function authenticate(verify: (token: string) => Identity | undefined): Interceptor {
  return async (call, next) => {
    const header = call.requestHeaders.get("authorization") ?? "";
    const who = header.startsWith("Bearer ") ? verify(header.slice("Bearer ".length)) : undefined;
    if (who === undefined) throw new ConnectError("unauthenticated", "a valid bearer token is required");
    call.values.set(identity, who);
    await next();
  };
}

/** Lets in whom the option `access` of the RPC lets in. An RPC without it is closed: forgetting it opens nothing. */
export const authorize: Interceptor = async (call, next) => {
  const { everyone, roles } = getOption(call.spec, access);
  const has = call.values.get(identity)?.roles ?? [];
  if (!everyone && !roles.some((role) => has.includes(role))) {
    throw new ConnectError("permission_denied", `${call.spec.procedure} is not for you`);
  }
  await next();
};
