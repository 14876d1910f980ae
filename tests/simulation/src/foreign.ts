// User code that touches all that it is given: a transport of its own around ours, and looks at whatever a context and a call have.
import type { HandlerContext, Transport } from "@connect-ts/runtime";
import type { Chance } from "./chance.js";

type Stream = Transport["stream"];
type Conn = ReturnType<Stream>;

/** A transport that passes everything on: to a client it is somebody else's. */
export function foreign(inner: Transport): Transport {
  return {
    peer: () => inner.peer(),
    unary: (call, message) => inner.unary(call, message),
    stream: ((call) => passing(inner.stream(call))) as Stream,
    close: () => inner.close?.(),
  };
}

function passing(inner: Conn): Conn {
  return {
    send: (message) => inner.send(message),
    sendHeaders: () => inner.sendHeaders(),
    closeSend: () => inner.closeSend(),
    responseHead: () => inner.responseHead(),
    receive: () => inner.receive(),
    get lastReceived() {
      return inner.lastReceived;
    },
    get trailers() {
      return inner.trailers;
    },
    onEnd: (listener) => inner.onEnd(listener),
    cancel: (error) => inner.cancel(error),
  };
}

/** Reads every member, those that are functions too. Returns what is not as it should be. */
export function lookAt(context: HandlerContext, procedure: string): string | undefined {
  const { spec, peer, requestHeaders, responseHeaders, responseTrailers, signal, drainSignal, services } = context;
  const known: readonly unknown[] = [peer, requestHeaders, responseHeaders, responseTrailers, signal, drainSignal];
  const text = `${context.httpMethod} ${context.url} ${context.requestCompressed} ${context.timeoutMs()}`;
  context.compress = text.length % 2 === 0;
  if (known.includes(undefined) || services.length !== 1) return "a handler's context lacks a member";
  if (context.values === undefined || context.request === undefined) return "a handler's context lacks values";
  if (!text.includes(procedure) || spec.procedure !== procedure)
    return `a handler of ${procedure} was called at ${text}`;
  return undefined;
}

/** A transport around ours that does anything: it throws, gives nothing, or fails without a word. */
export function wild(inner: Transport, chance: Chance): Transport {
  const maybe = <T>(act: () => T): T => {
    if (chance.happens(0.9)) return act();
    if (chance.happens(0.3)) throw new Error("as planned");
    const given = chance.pick<() => unknown>([
      () => undefined,
      () => 5,
      () => Promise.resolve(),
      () => Promise.reject(new Error("as planned")),
    ]);
    return given() as T;
  };
  const outer = (conn: Conn): Conn => {
    let ended: ((error: never) => void) | undefined;
    return {
      send: (message) => maybe(() => conn.send(message)),
      sendHeaders: () => maybe(() => conn.sendHeaders()),
      closeSend: () => maybe(() => conn.closeSend()),
      responseHead: () => maybe(() => conn.responseHead()),
      receive() {
        if (chance.happens(0.05)) ended?.(new Error("as planned") as never);
        return maybe(() => conn.receive());
      },
      get lastReceived() {
        if (chance.happens(0.1)) throw new Error("as planned");
        return conn.lastReceived;
      },
      get trailers() {
        if (chance.happens(0.1)) throw new Error("as planned");
        return conn.trailers;
      },
      onEnd(listener) {
        ended = listener;
        return maybe(() => conn.onEnd(listener));
      },
      cancel: (error) => {
        conn.cancel(error);
        return maybe(() => undefined);
      },
    };
  };
  return {
    peer() {
      if (chance.happens(0.05)) throw new Error("as planned");
      return inner.peer();
    },
    unary: (call, message) => maybe(() => inner.unary(call, message)),
    stream: ((call) => maybe(() => outer(inner.stream(call)))) as Stream,
    close: () => inner.close?.(),
  };
}
