import { el, fill } from "./dom.js";
import { languages } from "./snippets.js";
import type { CallToShow } from "./typescript.js";

export interface CodeView {
  readonly element: HTMLElement;
  /** The call is another. */
  show(): void;
}

/** Kept while the page is open. */
let chosen = 0;

/** The call as code, in the language that is chosen. */
export function codeView(callToShow: () => CallToShow): CodeView {
  const code = el("code", {});
  const panel = el("pre", { class: "code", role: "tabpanel", id: "code", tabindex: "0" }, code);
  const tabs = languages.map(([name], index) =>
    el("button", { type: "button", role: "tab", "aria-controls": "code", click: () => choose(index) }, name),
  );
  const list = el(
    "div",
    { role: "tablist", "aria-label": "Language", class: "tabs", keydown: (event: KeyboardEvent) => walk(event) },
    tabs,
  );

  const show = (): void => {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
    });
    panel.setAttribute("aria-label", languages[chosen]?.[0] ?? "");
    code.textContent = languages[chosen]?.[1](callToShow()) ?? "";
  };
  const choose = (index: number): void => {
    chosen = index;
    show();
    tabs[index]?.focus();
  };
  const walk = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
    if (step !== undefined) choose((chosen + step) % tabs.length);
  };
  const element = el("div", {});
  fill(
    element,
    el(
      "div",
      { class: "row" },
      list,
      copyButton("Copy", () => code.textContent ?? ""),
    ),
    panel,
  );
  return { element, show };
}

/** A button that puts a text into the clipboard, and says so. */
export function copyButton(name: string, text: () => string): HTMLElement {
  const said = el("span", { class: "quiet", role: "status" });
  const copy = async (): Promise<void> => {
    const copied = text();
    try {
      await navigator.clipboard.writeText(copied);
      said.textContent = "copied ";
    } catch {
      // Over plain HTTP from another machine there is no clipboard.
      said.textContent = "the browser lets no page copy here ";
    }
    setTimeout(() => said.replaceChildren(), 3000);
  };
  return el("span", {}, said, el("button", { type: "button", class: "plain", click: copy }, name));
}
