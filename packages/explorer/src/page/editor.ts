import type { DescMessage } from "@bufbuild/protobuf";
import { type Completions, complete } from "./complete.js";
import { byId, el, fill } from "./dom.js";
import { highlight } from "./highlight.js";

export interface EditorOptions {
  readonly label: string;
  readonly message: DescMessage;
  /** The text is another. */
  readonly changed: (text: string) => void;
  /** Ctrl+Enter or Cmd+Enter. */
  readonly submitted: () => void;
}

/** A text area for JSON: in colours, with completion by the schema. */
export class Editor {
  readonly options: EditorOptions;
  readonly area: HTMLTextAreaElement;
  readonly paint: HTMLPreElement = el("pre", { "aria-hidden": "true" });
  readonly list: HTMLUListElement = el("ul", {
    class: "completions",
    role: "listbox",
    id: "completions",
    hidden: true,
  });
  readonly note: HTMLElement = el("div", { class: "completion-note", hidden: true });
  readonly element: HTMLElement;
  completions: Completions | undefined = undefined;
  chosen = 0;

  constructor(options: EditorOptions) {
    this.options = options;
    this.list.setAttribute("aria-label", "Completions");
    this.area = el("textarea", {
      id: "request",
      "aria-label": options.label,
      "aria-autocomplete": "list",
      "aria-controls": "completions",
      "aria-describedby": "editor-help",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      input: () => {
        this.changed();
        this.suggest(false);
      },
      keydown: (event: KeyboardEvent) => this.key(event),
      scroll: () => this.scrolled(),
      blur: () => this.close(),
      click: () => this.close(),
    });
    this.element = el("div", { class: "editor" }, this.paint, this.area, this.list, this.note);
  }

  get value(): string {
    return this.area.value;
  }

  set value(text: string) {
    this.area.value = text;
    this.changed();
  }

  changed(): void {
    // A last line that is empty has a height too.
    fill(this.paint, ...highlight(this.value), "\n");
    const rows = Math.min(30, Math.max(7, this.value.split("\n").length + 1));
    this.area.rows = rows;
    this.scrolled();
    this.options.changed(this.value);
  }

  scrolled(): void {
    this.paint.scrollTop = this.area.scrollTop;
    this.paint.scrollLeft = this.area.scrollLeft;
  }

  key(event: KeyboardEvent): void {
    const { key } = event;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.close();
      this.options.submitted();
      return;
    }
    if (key === " " && event.ctrlKey) {
      event.preventDefault();
      this.suggest(true);
      return;
    }
    if (this.completions === undefined) {
      if (key === "Enter") this.indent(event);
      return;
    }
    const { length } = this.completions.items;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      this.choose((this.chosen + (key === "ArrowDown" ? 1 : length - 1)) % length);
    } else if (key === "Enter" || key === "Tab") {
      event.preventDefault();
      this.accept();
    } else if (key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (key.startsWith("Arrow") || key === "Home" || key === "End") this.close();
  }

  /** A new line is as far in as the one before it. */
  indent(event: KeyboardEvent): void {
    const { selectionStart: at, value } = this.area;
    const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
    const opens = /[{[]\s*$/.test(line);
    const [space = ""] = /^\s*/.exec(line) ?? [];
    const closes = opens && /^[}\]]/.test(value.slice(at));
    event.preventDefault();
    this.insert(`\n${space}${opens ? "  " : ""}${closes ? `\n${space}` : ""}`, closes ? space.length + 1 : 0);
    this.suggest(false);
  }

  /** By the document's own command, so that it can be undone. */
  insert(text: string, back: number): void {
    if (!document.execCommand("insertText", false, text))
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    const at = this.area.selectionStart - back;
    this.area.setSelectionRange(at, at);
    this.changed();
  }

  /** @param asked also where no word has begun */
  suggest(asked: boolean): void {
    const { selectionStart: at, selectionEnd, value } = this.area;
    const found = at === selectionEnd ? complete(value, at, this.options.message) : undefined;
    if (found === undefined || (!asked && found.from === at)) {
      this.close();
      return;
    }
    this.completions = found;
    fill(
      this.list,
      ...found.items.slice(0, 50).map((item, index) =>
        el(
          "li",
          {
            role: "option",
            id: `completion-${index}`,
            mousedown: (event: MouseEvent) => {
              event.preventDefault();
              this.chosen = index;
              this.accept();
            },
          },
          el("span", {}, item.label),
          el("small", {}, item.detail),
        ),
      ),
    );
    this.place(found.from);
    this.list.hidden = false;
    this.choose(0);
  }

  /** Below the word. All letters have one width. */
  place(from: number): void {
    const before = this.value.slice(0, from).split("\n");
    const { lineHeight, paddingTop, paddingLeft } = getComputedStyle(this.area);
    const probe = byId("letter").getBoundingClientRect().width / 10;
    const top = before.length * Number.parseFloat(lineHeight) + Number.parseFloat(paddingTop) - this.area.scrollTop;
    const left = (before.at(-1)?.length ?? 0) * probe + Number.parseFloat(paddingLeft) - this.area.scrollLeft;
    const width = Math.max(0, this.element.clientWidth - 300);
    this.list.style.top = `${top}px`;
    this.list.style.left = `${Math.min(left, width)}px`;
  }

  choose(index: number): void {
    this.chosen = index;
    [...this.list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) item.scrollIntoView({ block: "nearest" });
    });
    this.area.setAttribute("aria-activedescendant", `completion-${index}`);
    const comment = this.completions?.items[index]?.comment ?? "";
    this.note.hidden = comment === "";
    this.note.textContent = comment;
  }

  accept(): void {
    const item = this.completions?.items[this.chosen];
    if (item === undefined || this.completions === undefined) return;
    const { selectionStart: at, value } = this.area;
    // The quote that stands after the word, too.
    const end = at + (value[at] === '"' && item.insert.startsWith('"') ? 1 : 0);
    this.area.setSelectionRange(this.completions.from, end);
    this.insert(item.insert, item.back);
    this.close();
  }

  close(): void {
    this.completions = undefined;
    this.list.hidden = true;
    this.note.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }
}
