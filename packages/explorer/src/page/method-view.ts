import type { DescMethod, FileRegistry, JsonValue, Message } from "@bufbuild/protobuf";
import { toBinary, toJson } from "@bufbuild/protobuf";
import { type CallSettings, RelayedCall, type Session } from "./call.js";
import { type Checked, check, messageOf } from "./check.js";
import { codeView, copyButton } from "./code-view.js";
import { commentOf } from "./comments.js";
import { el, fill } from "./dom.js";
import { Editor } from "./editor.js";
import { template } from "./fields.js";
import { formOf } from "./form.js";
import type { End } from "./frames.js";
import { highlight } from "./highlight.js";
import { type Entry, remember } from "./history.js";
import { readMetadata } from "./metadata.js";
import { ResponseView } from "./response.js";
import { isDeprecated, kindNames, optionsOf } from "./schema.js";
import { commentView, deprecatedMark, messageView } from "./types-view.js";
import type { CallToShow } from "./typescript.js";

/** What was typed, for each RPC, while the page is open. */
const drafts = new Map<string, Draft>();

interface Draft {
  readonly text: string;
  readonly metadata: string;
  readonly timeout: string;
}

/** What a request begins with, if not with what was typed before. */
export interface Beginning {
  /** From the history. */
  readonly entry: Entry | undefined;
  /** The request of a link. Nothing is sent before a person says so. */
  readonly linked: string | undefined;
}

/** How requests are written, while the page is open. */
let isForm = false;

/** One RPC: what it is, a request, and what came of it. */
export class MethodView {
  readonly method: DescMethod;
  readonly registry: FileRegistry;
  readonly session: Session;
  readonly called: () => void;
  readonly procedure: string;
  readonly isClientStream: boolean;
  readonly editor: Editor;
  readonly form: HTMLElement = el("div", { keydown: (event: KeyboardEvent) => this.formKey(event) });
  readonly mode: HTMLButtonElement = el("button", { type: "button", class: "plain", click: () => this.switchMode() });
  readonly problem: HTMLElement = el("p", { class: "problem", id: "problem", "aria-live": "polite" });
  readonly metadata: HTMLTextAreaElement;
  readonly timeout: HTMLInputElement;
  readonly buttons: HTMLElement = el("div", { class: "buttons" });
  readonly response: HTMLElement = el("div", {});
  readonly code: ReturnType<typeof codeView>;
  readonly element: HTMLElement;
  call: RelayedCall | undefined = undefined;
  view: ResponseView | undefined = undefined;
  /** The call's messages are not ended yet. */
  isOpen = false;
  /** What was sent in this call. */
  sent: JsonValue[] = [];

  constructor(
    method: DescMethod,
    registry: FileRegistry,
    session: Session,
    called: () => void,
    { entry, linked }: Beginning,
  ) {
    this.method = method;
    this.registry = registry;
    this.session = session;
    this.called = called;
    this.procedure = `/${method.parent.typeName}/${method.name}`;
    this.isClientStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
    this.code = codeView(() => this.toShow());
    this.metadata = el("textarea", {
      id: "metadata",
      rows: 2,
      placeholder: "authorization: Bearer …",
      spellcheck: "false",
      input: () => this.changed(),
    });
    this.timeout = el("input", {
      id: "timeout",
      type: "number",
      min: 1,
      max: 9_999_999_999,
      placeholder: "none",
      input: () => this.changed(),
    });
    this.editor = new Editor({
      label: `Request: ${method.input.typeName}, as JSON`,
      message: method.input,
      changed: () => this.changed(),
      submitted: () => this.submit(),
    });
    this.element = this.layout();
    const draft = entry === undefined ? drafts.get(this.procedure) : draftOf(entry);
    this.metadata.value = draft?.metadata ?? "";
    this.timeout.value = draft?.timeout ?? "";
    this.editor.value = linked ?? draft?.text ?? JSON.stringify(template(method.input), undefined, 2);
    this.showButtons();
    this.showMode();
  }

  /** It is in the document now, where sizes are known. */
  shown(): void {
    this.editor.changed();
  }

  layout(): HTMLElement {
    const { method, registry } = this;
    const options = optionsOf(method, registry);
    const serviceOptions = optionsOf(method.parent, registry);
    const optionsView = (title: string, value: JsonValue | undefined): HTMLElement | undefined =>
      value === undefined
        ? undefined
        : el(
            "details",
            { class: "metadata" },
            el("summary", {}, title),
            el("pre", { class: "options" }, ...highlight(JSON.stringify(value, undefined, 2))),
          );
    return el(
      "article",
      {},
      el(
        "div",
        { class: "title" },
        el("h2", {}, method.name),
        el("span", { class: "mark" }, kindNames[method.methodKind]),
        method.idempotency !== 0 &&
          el("span", { class: "mark" }, method.idempotency === 1 ? "no side effects" : "idempotent"),
        deprecatedMark(isDeprecated(method) || isDeprecated(method.parent)),
      ),
      el("p", { class: "procedure" }, el("code", {}, this.procedure)),
      commentView(commentOf(method)),
      optionsView("Options of the RPC", options),
      optionsView("Options of the service", serviceOptions),
      el(
        "div",
        { class: "panes" },
        el(
          "section",
          { class: "card", "aria-label": "Request" },
          el(
            "div",
            { class: "row" },
            el("h3", {}, "Request"),
            copyButton("Copy link", () => this.link()),
            this.mode,
          ),
          this.requestView(),
        ),
        el("section", { class: "card", "aria-label": "Response" }, el("h3", {}, "Response"), this.response),
      ),
      el("section", { class: "card", "aria-label": "As code" }, el("h3", {}, "As code"), this.code.element),
      el(
        "div",
        { class: "panes" },
        el(
          "section",
          { class: "card", "aria-label": "Request type" },
          el("h3", {}, el("small", {}, "takes "), method.input.typeName),
          messageView(method.input, registry),
        ),
        el(
          "section",
          { class: "card", "aria-label": "Response type" },
          el("h3", {}, el("small", {}, "gives "), method.output.typeName),
          messageView(method.output, registry),
        ),
      ),
      commentView(commentOf(method.parent)) &&
        el("section", { class: "card" }, el("h3", {}, method.parent.typeName), commentView(commentOf(method.parent))),
    );
  }

  requestView(): readonly HTMLElement[] {
    fill(
      this.response,
      el(
        "p",
        { class: "quiet" },
        this.session.readOnly ? "The explorer is read-only here: it runs no calls." : "Nothing was sent yet.",
      ),
    );
    return [
      this.editor.element,
      this.form,
      this.problem,
      this.buttons,
      el("p", { class: "quiet", id: "editor-help" }, "Ctrl+Space completes, Ctrl+Enter sends, Esc cancels."),
      el(
        "details",
        { class: "metadata", open: true },
        el("summary", {}, "Headers and timeout"),
        el("label", { for: "metadata" }, "Headers, one on a line"),
        this.metadata,
        el("label", { for: "timeout" }, "Timeout in milliseconds"),
        this.timeout,
      ),
    ];
  }

  // -------------------------------------------------------------- what was typed

  switchMode(): void {
    isForm = !isForm;
    this.showMode();
    (isForm ? this.form.querySelector<HTMLElement>("input, select, button") : this.editor.area)?.focus();
  }

  /** The form is made of the JSON, which stays what is sent. A text that is no JSON has no form. */
  showMode(): void {
    const value = parsed(this.editor.value);
    if (isForm && value === undefined) this.problem.textContent = "the form needs a request that is JSON";
    const shown = isForm && value !== undefined;
    this.mode.textContent = shown ? "As JSON" : "As a form";
    this.editor.element.hidden = shown;
    this.form.hidden = !shown;
    const changed = (json: JsonValue): void => {
      this.editor.value = JSON.stringify(json, undefined, 2);
    };
    fill(this.form, shown && formOf(this.method.input, value, changed));
    if (!shown) this.editor.changed();
  }

  /** The address of the page with this request, which is in the address bar then. Headers may be secret, so it has none. */
  link(): string {
    const value = parsed(this.editor.value) ?? {};
    history.replaceState(undefined, "", `#${this.procedure}?request=${encodeURIComponent(JSON.stringify(value))}`);
    return location.href;
  }

  formKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.submit();
  }

  changed(): void {
    drafts.set(this.procedure, { text: this.editor.value, metadata: this.metadata.value, timeout: this.timeout.value });
    this.tellProblem();
    this.code.show();
  }

  read(): Checked {
    return check(this.editor.value, this.method.input, this.registry);
  }

  tellProblem(): string | undefined {
    const { problem } = this.read();
    const text =
      problem === undefined ? readMetadata(this.metadata.value).problem : `line ${problem.line}: ${problem.text}`;
    this.problem.textContent = text ?? "";
    this.editor.area.setAttribute("aria-invalid", String(problem !== undefined));
    return text;
  }

  get settings(): CallSettings {
    const timeoutMs = Number(this.timeout.value);
    return {
      headers: readMetadata(this.metadata.value).headers,
      timeoutMs: timeoutMs > 0 ? Math.ceil(timeoutMs) : undefined,
    };
  }

  /** The call as code: with what was sent, or what is typed. */
  toShow(): CallToShow {
    const { message } = this.read();
    const typed = message === undefined ? [] : [toJson(this.method.input, message, { registry: this.registry })];
    const messages = this.isClientStream && this.sent.length > 0 ? this.sent : typed;
    const at = new URL(".", location.href);
    // Below the prefix of the server, if it has one.
    const baseUrl = at.origin + at.pathname.slice(0, -this.session.path.length - 1);
    return {
      method: this.method,
      baseUrl,
      descriptorsUrl: new URL("descriptors.binpb", at).href,
      messages,
      ...this.settings,
    };
  }

  // -------------------------------------------------------------- the call

  showButtons(): void {
    const isRunning = this.call !== undefined;
    const button = (
      text: string,
      click: () => void,
      options: { readonly class?: string; readonly disabled?: boolean } = {},
    ): HTMLElement => el("button", { type: "button", click, ...options }, text);
    const isSendable = !this.session.readOnly && (!isRunning || this.isOpen);
    fill(
      this.buttons,
      button(isRunning && this.isOpen ? "Send another" : "Send", () => this.submit(), {
        class: "primary",
        disabled: !isSendable,
      }),
      this.isClientStream &&
        button("End of messages", () => this.endSend(), {
          disabled: this.session.readOnly || (isRunning && !this.isOpen),
        }),
      button("Cancel", () => this.cancel(), { disabled: !isRunning }),
    );
  }

  submit(): void {
    if (this.session.readOnly || (this.call !== undefined && !this.isOpen)) return;
    const { message } = this.read();
    if (this.tellProblem() !== undefined || message === undefined) {
      this.editor.area.focus();
      return;
    }
    this.send(message);
  }

  send(message: Message): void {
    const bytes = toBinary(this.method.input, message);
    const json = toJson(this.method.input, message, { registry: this.registry });
    if (this.call === undefined) this.start(bytes);
    else this.call.send(bytes).catch((error: unknown) => this.tellFailure(error));
    this.sent.push(json);
    if (this.isClientStream) this.view?.sentMessage(json, bytes.length);
    this.code.show();
  }

  start(first: Uint8Array | undefined): void {
    const view = new ResponseView(this.method, this.registry);
    const { settings } = this;
    const metadata = settings.headers;
    this.sent = [];
    this.view = view;
    this.isOpen = this.isClientStream;
    fill(this.response, view.element);
    this.call = new RelayedCall(this.method, first, settings, {
      headers: (headers) => view.gotHeaders(headers),
      message: (bytes) => view.gotMessage(bytes),
      end: (end) => this.ended(view, end, metadata, settings.timeoutMs),
    });
    this.showButtons();
  }

  endSend(): void {
    if (this.call === undefined) this.start(undefined);
    this.isOpen = false;
    this.call?.endSend().catch((error: unknown) => this.tellFailure(error));
    this.showButtons();
  }

  ended(view: ResponseView, end: End, headers: CallSettings["headers"], timeoutMs: number | undefined): void {
    view.ended(end);
    this.call = undefined;
    this.isOpen = false;
    this.showButtons();
    const messages = this.sent.map((message) => JSON.stringify(message, undefined, 2));
    const { procedure } = this;
    remember({ procedure, messages, headers, timeoutMs, at: Date.now(), status: end.error?.code ?? "ok", ms: view.ms });
    this.called();
  }

  tellFailure(error: unknown): void {
    this.problem.textContent = messageOf(error);
  }

  cancel(): void {
    this.call?.cancel();
  }

  /** Another RPC is shown. */
  close(): void {
    this.cancel();
  }
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text.trim() || "{}") as JsonValue;
  } catch {
    return undefined;
  }
}

function draftOf({ messages, headers, timeoutMs }: Entry): Draft {
  return {
    text: messages.at(-1) ?? "{}",
    metadata: headers.map(([name, value]) => `${name}: ${value}`).join("\n"),
    timeout: timeoutMs === undefined ? "" : String(timeoutMs),
  };
}
