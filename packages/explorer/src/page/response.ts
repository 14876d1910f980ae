import { type DescMethod, type FileRegistry, fromBinary, type JsonValue } from "@bufbuild/protobuf";
import { el, fill } from "./dom.js";
import { type Detail, type End, fromBase64 } from "./frames.js";
import { highlight } from "./highlight.js";
import { jsonOf } from "./schema.js";

/** More of a stream than this is counted and not shown. */
const maxShown = 500;

/** A call as it is seen: what came, when, how much. */
export class ResponseView {
  readonly method: DescMethod;
  readonly registry: FileRegistry;
  readonly began: number = performance.now();
  readonly status: HTMLElement = el("p", { class: "status", role: "status" }, "waiting for an answer");
  readonly facts: HTMLElement = el("p", { class: "facts" });
  readonly failure: HTMLElement = el("div", {});
  readonly messages: HTMLOListElement = el("ol", { class: "messages", tabindex: "0", "aria-label": "Messages" });
  readonly dropped: HTMLElement = el("p", { class: "quiet", hidden: true });
  readonly headers: HTMLElement = el("div", {});
  readonly trailers: HTMLElement = el("div", {});
  readonly element: HTMLElement;
  /** What came or went and is not shown yet: it is with the next picture that the browser draws. */
  readonly waiting: (() => HTMLElement)[] = [];
  sent = 0;
  count = 0;
  bytes = 0;

  constructor(method: DescMethod, registry: FileRegistry) {
    this.method = method;
    this.registry = registry;
    this.element = el(
      "div",
      {},
      el("div", { class: "outcome" }, this.status, this.facts),
      this.failure,
      this.dropped,
      this.messages,
      this.headers,
      this.trailers,
    );
  }

  get ms(): number {
    return performance.now() - this.began;
  }

  gotHeaders(headers: readonly (readonly [string, string])[]): void {
    this.status.textContent = "running";
    fill(this.headers, metadataView("Headers", headers));
    this.tell();
  }

  /** A message that went out, among those that come in: a conversation is read as one. */
  sentMessage(value: JsonValue, bytes: number): void {
    this.sent++;
    this.show("sent", bytes, () => value);
  }

  gotMessage(bytes: Uint8Array): void {
    this.count++;
    this.bytes += bytes.length;
    const { output } = this.method;
    this.show("got", bytes.length, () => jsonOf(output, () => fromBinary(output, bytes), this.registry));
  }

  ended({ error, metadata = {} }: End): void {
    this.showWaiting();
    this.status.textContent = error === undefined ? "ok" : error.code;
    this.status.classList.add(error === undefined ? "good" : "bad");
    if (error !== undefined) {
      fill(
        this.failure,
        el("p", { class: "error" }, error.message || "The error has no message."),
        ...(error.details ?? []).map((detail) => this.detail(detail)),
      );
    }
    const pairs = Object.entries(metadata).flatMap(([name, values]) => values.map((value) => [name, value] as const));
    fill(this.trailers, metadataView("Trailers", pairs));
    this.tell();
  }

  detail({ type, value }: Detail): HTMLElement {
    const bytes = fromBase64(value);
    const schema = this.registry.getMessage(type);
    const json = schema === undefined ? value : jsonOf(schema, () => fromBinary(schema, bytes), this.registry);
    const note = schema === undefined ? ": the schema does not have this type" : "";
    return el(
      "div",
      { class: "detail" },
      el("h4", {}, type, el("span", { class: "quiet" }, note)),
      el("pre", {}, ...highlight(JSON.stringify(json, undefined, 2))),
    );
  }

  show(way: "sent" | "got", bytes: number, read: () => JsonValue): void {
    const title = way === "sent" ? `sent ${this.sent}` : `message ${this.count}`;
    const ms = Math.round(this.ms);
    if (this.waiting.length === 0) setTimeout(() => this.showWaiting(), 16);
    this.waiting.push(() =>
      el(
        "li",
        { class: way },
        el("div", { class: "about" }, el("span", {}, title), el("span", {}, `${ms} ms`), el("span", {}, size(bytes))),
        el("pre", {}, ...highlight(JSON.stringify(read(), undefined, 2))),
      ),
    );
    if (this.waiting.length > maxShown) this.waiting.shift();
  }

  showWaiting(): void {
    const { messages, waiting } = this;
    const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
    messages.append(...waiting.splice(0).map((make) => make()));
    while (messages.childElementCount > maxShown) messages.firstElementChild?.remove();
    const all = this.sent + this.count;
    this.dropped.hidden = all <= maxShown;
    this.dropped.textContent = `The newest ${maxShown} of ${all} messages are shown.`;
    if (isAtEnd) messages.scrollTop = messages.scrollHeight;
    this.tell();
  }

  tell(): void {
    const messages = this.count === 1 ? "1 message" : `${this.count} messages`;
    this.facts.textContent = `${Math.round(this.ms)} ms · ${messages} · ${size(this.bytes)}`;
  }
}

function metadataView(title: string, pairs: readonly (readonly [string, string])[]): HTMLElement {
  return el(
    "details",
    { class: "metadata", open: pairs.length > 0 },
    el("summary", {}, `${title} (${pairs.length})`),
    el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  );
}

function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}
