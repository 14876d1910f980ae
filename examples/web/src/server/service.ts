import { on } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { ConnectError, type ServiceHandler } from "@connect-ts/runtime";
import { createChatServiceHandler } from "../gen/chat/v1/chat_connect.js";
import type { TokenInit, WatchResponseInit } from "../gen/chat/v1/chat_init.js";
import { BadRequestCodec } from "../gen/google/rpc/bad_request_codec.js";
import { reply } from "./reply.js";
import { caller, requireToken, type Session, type Sessions } from "./sessions.js";

/** RPCs that are called without a token. */
const open: readonly string[] = ["/chat.v1.ChatService/SignIn", "/chat.v1.ChatService/Renew"];

/** The service; a word of Eliza's takes `wordMs`. */
export function chatHandler(sessions: Sessions, wordMs: number): ServiceHandler {
  const tokenOf = ({ token }: Session): TokenInit => ({ value: token, lifetimeMs: sessions.lifetimeMs });
  return createChatServiceHandler(
    {
      signIn({ name, topic }, context) {
        check({ name: wrongLength(name, 2, 40), topic: wrongLength(topic, 3, 300) });
        const { session, cookie } = sessions.begin(name.trim());
        // Only Renew gets the cookie, and no script can read it. Over https it is to be `Secure` too.
        const attributes = "Path=/chat.v1.ChatService/Renew; HttpOnly; SameSite=Strict; Max-Age=3600";
        context.responseHeaders.append("set-cookie", `chat=${cookie}; ${attributes}`);
        return { token: tokenOf(session) };
      },

      renew(_request, context) {
        const session = sessions.ofCookie(context.requestHeaders);
        if (session === undefined) throw new ConnectError("unauthenticated", "the session is over: sign in again");
        return { token: tokenOf(sessions.renew(session)) };
      },

      async *ask({ sentence }, context) {
        const session = context.values.get(caller);
        check({ sentence: wrongLength(sentence, 1, 300) });
        if (session === undefined) throw new ConnectError("unauthenticated", "sign in first");
        for (const text of reply(sentence, session.name, session.turns++)) {
          // Ends at once when the person has had enough.
          await delay(wordMs, undefined, { signal: context.signal });
          yield { text };
        }
      },

      async *watch(_request, context) {
        const session = context.values.get(caller);
        if (session === undefined) throw new ConnectError("unauthenticated", "sign in first");
        context.sendHeaders();
        const signal = AbortSignal.any([context.signal, context.drainSignal]);
        try {
          for await (const [event] of on(session.events, "call", { signal })) yield event as WatchResponseInit;
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      },
    },
    { perMethod: ({ procedure }) => (open.includes(procedure) ? {} : { interceptors: [requireToken(sessions)] }) },
  );
}

// #region bad-request
/** Fails the call with what is wrong with each field, if anything is. Clients in any language know this detail. */
function check(descriptions: { readonly [field: string]: string | undefined }): void {
  const fieldViolations = Object.entries(descriptions).flatMap(([field, description]) =>
    description === undefined ? [] : [{ field, description }],
  );
  if (fieldViolations.length === 0) return;
  throw new ConnectError("invalid_argument", "some fields are wrong").addDetail(BadRequestCodec, { fieldViolations });
}
// #endregion

/** What is wrong with the length of a text, if anything is. */
function wrongLength(text: string, min: number, max: number): string | undefined {
  const { length } = [...text.trim()];
  if (length === 0) return "Eliza needs something to work with: this is empty.";
  if (length < min) return `This is too short: ${length} of at least ${min} characters.`;
  return length > max ? `This is too long: ${length} of at most ${max} characters.` : undefined;
}
