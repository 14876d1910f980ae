import type { DescMethod } from "@bufbuild/protobuf";
import { messageOf } from "./check.js";
import { type End, envelope, FrameReader } from "./frames.js";

/** What the server tells of itself. */
export interface Session {
  /** Where the explorer is, below the prefix of the server. */
  readonly path: string;
  readonly readOnly: boolean;
  readonly token?: string;
  readonly services: readonly string[];
}

/** What a call is made with beside its messages. */
export interface CallSettings {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs: number | undefined;
}

/** Who is told how a call goes. */
export interface CallEvents {
  headers(headers: readonly (readonly [name: string, value: string])[]): void;
  message(bytes: Uint8Array): void;
  /** Once, and last. */
  end(end: End): void;
}

let session: Session | undefined;

export async function readSession(): Promise<Session> {
  const response = await fetch("session");
  if (!response.ok) throw new Error((await response.text()).trim());
  session = (await response.json()) as Session;
  return session;
}

/** Headers of HTTP and of the relay, which are not the call's own. */
const ofTransport: ReadonlySet<string> = new Set([
  "connect-accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "transfer-encoding",
  "x-accel-buffering",
  "x-content-type-options",
]);

/** A call by the server's relay. It runs as soon as it is made. */
export class RelayedCall {
  readonly aborter: AbortController = new AbortController();
  readonly events: CallEvents;
  /** The relay knows it by this. */
  readonly name: string = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16)).join("");
  /** Messages go one after the other. */
  sending: Promise<unknown> = Promise.resolve();
  ended = false;

  constructor(method: DescMethod, first: Uint8Array | undefined, settings: CallSettings, events: CallEvents) {
    this.events = events;
    const isStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
    const headers: [string, string][] = [...settings.headers.map(([name, value]): [string, string] => [name, value])];
    if (settings.timeoutMs !== undefined) headers.push(["connect-timeout-ms", String(settings.timeoutMs)]);
    if (isStream) headers.push(["explorer-call", this.name]);
    const body = first === undefined ? undefined : envelope(first);
    void this.run(`call/${method.parent.typeName}/${method.name}`, body, headers);
  }

  async run(path: string, body: Uint8Array<ArrayBuffer> | undefined, headers: [string, string][]): Promise<void> {
    try {
      const response = await this.post(path, body, headers);
      if (!response.ok || response.body === null) {
        this.end({ error: { code: "unavailable", message: (await response.text()).trim() || response.statusText } });
        return;
      }
      this.events.headers([...response.headers].filter(([name]) => !ofTransport.has(name)));
      const frames = new FrameReader();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (const frame of frames.read(value)) {
          if (frame instanceof Uint8Array) this.events.message(frame);
          else this.end(frame);
        }
      }
      this.end({ error: { code: "unavailable", message: "the response was cut off" } });
    } catch (reason) {
      const isOurs = this.aborter.signal.aborted;
      this.end({
        error: isOurs
          ? { code: "canceled", message: "you have canceled the call" }
          : { code: "unavailable", message: messageOf(reason) },
      });
    }
  }

  /** A server that was started again has another token. */
  async post(
    path: string,
    body: Uint8Array<ArrayBuffer> | undefined,
    headers: readonly (readonly [string, string])[],
  ): Promise<Response> {
    const send = (): Promise<Response> =>
      fetch(path, {
        method: "POST",
        body: body ?? null,
        signal: this.aborter.signal,
        headers: [
          ...headers.map(([name, value]): [string, string] => [name, value]),
          ["content-type", "application/connect+proto"],
          ["explorer-token", session?.token ?? ""],
        ],
      });
    const response = await send();
    if (response.headers.get("explorer-token") !== "renew") return response;
    await readSession();
    return send();
  }

  /** Sends a further message. Rejects when it was not taken. */
  send(message: Uint8Array): Promise<void> {
    return this.further(new Uint8Array(message), []);
  }

  /** There are no further messages. */
  endSend(): Promise<void> {
    return this.further(undefined, [["explorer-end", "1"]]);
  }

  further(body: Uint8Array<ArrayBuffer> | undefined, headers: [string, string][]): Promise<void> {
    const sent = this.sending.then(async () => {
      let response = await this.post(`send/${this.name}`, body, headers);
      // It may have overtaken the request that opens the call.
      for (let tries = 0; response.status === 404 && tries < 20 && !this.ended; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        response = await this.post(`send/${this.name}`, body, headers);
      }
      if (!response.ok) throw new Error((await response.text()).trim());
    });
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  cancel(): void {
    this.aborter.abort();
  }

  end(end: End): void {
    if (this.ended) return;
    this.ended = true;
    this.events.end(end);
  }
}
