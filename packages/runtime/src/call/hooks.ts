import type { Message } from "@bufbuild/protobuf";
import type { Awaitable } from "../http/awaitable.js";
import type { HeaderMap } from "../http/header-map.js";
import type { MessageCodec } from "../message/message-codec.js";
import type { MessageHook, MessageInfo } from "./interceptor.js";

type HeaderHook = (headers: HeaderMap) => Awaitable<void>;

/** The hooks that a call's interceptors registered. */
export class Hooks {
  readonly request: MessageHook[] = [];
  readonly response: MessageHook[] = [];
  readonly headers: HeaderHook[] = [];

  /** Drops the hooks registered since: what `onRun` of a chain needs. */
  mark(): () => void {
    const { request, response, headers } = this;
    const marks = [request.length, response.length, headers.length] as const;
    return () => {
      request.length = Math.min(request.length, marks[0]);
      response.length = Math.min(response.length, marks[1]);
      headers.length = Math.min(headers.length, marks[2]);
    };
  }

  /** Requests pass from the outer interceptors to the inner ones. */
  onRequest<T>(message: T, info: MessageInfo, type: MessageCodec<T>): Awaitable<T> {
    return this.request.length === 0 ? message : runMessageHooks(this.request.slice(), message, info, type);
  }

  /** Responses pass from the inner interceptors to the outer ones. */
  onResponse<T>(message: T, info: MessageInfo, type: MessageCodec<T>): Awaitable<T> {
    return this.response.length === 0 ? message : runMessageHooks(this.response.slice().reverse(), message, info, type);
  }

  async onHeaders(headers: HeaderMap): Promise<void> {
    for (const hook of this.headers.slice().reverse()) await hook(headers);
  }
}

async function runMessageHooks<T>(
  hooks: readonly MessageHook[],
  message: T,
  info: MessageInfo,
  type: MessageCodec<T>,
): Promise<T> {
  let current = message;
  for (const hook of hooks) {
    const replaced = await hook(current as Message, info);
    // Only an object can be a message: what an expression such as `() => count++` leaves behind is none.
    if (typeof replaced === "object" && replaced !== null) current = type.create(replaced);
  }
  return current;
}

/** What hooks are told of a message that is about to be sent. */
export function sentInfo<T>(
  message: T,
  type: MessageCodec<T>,
  compressed: boolean | undefined,
  index: number,
): MessageInfo {
  return new SentInfo(message, type, compressed, index);
}

/** A class: a getter in an object literal is defined anew for every message. */
class SentInfo<T> implements MessageInfo {
  readonly message: T;
  readonly type: MessageCodec<T>;
  readonly compressed: boolean | undefined;
  readonly index: number;

  constructor(message: T, type: MessageCodec<T>, compressed: boolean | undefined, index: number) {
    this.message = message;
    this.type = type;
    this.compressed = compressed;
    this.index = index;
  }

  get bytes(): number {
    return this.type.toBinary(this.message, 0).length;
  }
}
