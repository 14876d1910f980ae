import { readSession, type Session } from "./call.js";
import { byId, el, fill } from "./dom.js";
import { type Entry, forget, readHistory } from "./history.js";
import { MethodView } from "./method-view.js";
import { isDeprecated, kindNames, readSchema, type Schema } from "./schema.js";

/** Below this width the list of services stands above the call, and is closed once an RPC is chosen. */
const narrow = matchMedia("(max-width: 52rem)");

class Page {
  readonly session: Session;
  readonly schema: Schema;
  view: MethodView | undefined = undefined;

  constructor(session: Session, schema: Schema) {
    this.session = session;
    this.schema = schema;
    byId("host").textContent = location.host;
    if (session.readOnly) fill(byId("mode"), el("span", { class: "mark" }, "read-only"));
    fill(byId("services"), ...schema.services.map((service) => this.serviceView(service)));
    if (schema.services.length === 0)
      fill(byId("services"), el("p", { class: "quiet" }, "No service is mounted here."));
    byId("search").addEventListener("input", () => this.filter());
    byId("services").addEventListener("keydown", (event) => this.walk(event));
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("hashchange", () => this.open());
    const fold = (): void => {
      (byId("menu") as HTMLDetailsElement).open = !narrow.matches;
    };
    narrow.addEventListener("change", fold);
    fold();
    this.showHistory();
    this.open();
  }

  serviceView(service: Schema["services"][number]): HTMLElement {
    const [, scope = "", name = ""] = /^(.*\.)?(.*)$/.exec(service.typeName) ?? [];
    return el(
      "section",
      { class: "service" },
      el("h2", { class: isDeprecated(service) ? "deprecated" : "" }, el("small", {}, scope), name),
      el(
        "ul",
        {},
        ...service.methods.map((method) =>
          el(
            "li",
            { "data-name": `${service.typeName}/${method.name}`.toLowerCase() },
            el(
              "a",
              { href: `#/${service.typeName}/${method.name}`, class: isDeprecated(method) ? "deprecated" : "" },
              el("span", {}, method.name),
              el("span", { class: "kind" }, kindNames[method.methodKind]),
            ),
          ),
        ),
      ),
    );
  }

  /** Shows the RPC that the address names, or the first one. */
  open(entry?: Entry): void {
    const [, name, methodName, linked] = /^#\/([\w.]+)\/(\w+)(?:\?request=(.*))?$/.exec(location.hash) ?? [];
    if (location.hash !== "" && name === undefined && this.view !== undefined) return;
    const service = this.schema.services.find(({ typeName }) => typeName === name);
    const method = service?.methods.find((one) => one.name === methodName) ?? this.schema.services[0]?.methods[0];
    if (method === undefined) {
      fill(byId("main"), el("p", { class: "quiet" }, "There is nothing to call."));
      return;
    }
    this.view?.close();
    this.view = new MethodView(method, this.schema.registry, this.session, () => this.showHistory(), {
      entry,
      linked: linked === undefined ? undefined : readable(linked),
    });
    document.title = `${method.name} · Explorer`;
    fill(byId("main"), this.view.element);
    this.view.shown();
    for (const link of byId("services").querySelectorAll("a")) {
      if (link.getAttribute("href") === `#/${method.parent.typeName}/${method.name}`)
        link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (narrow.matches && name !== undefined) (byId("menu") as HTMLDetailsElement).open = false;
  }

  filter(): void {
    const words = (byId("search") as HTMLInputElement).value.toLowerCase().split(/\s+/);
    for (const section of byId("services").querySelectorAll<HTMLElement>("section")) {
      let any = false;
      for (const item of section.querySelectorAll<HTMLElement>("li")) {
        item.hidden = !words.every((word) => item.dataset.name?.includes(word));
        any ||= !item.hidden;
      }
      section.hidden = !any;
    }
  }

  key(event: KeyboardEvent): void {
    const isTyping = event.target instanceof HTMLElement && /^(?:INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      (byId("menu") as HTMLDetailsElement).open = true;
      byId("search").focus();
    } else if (event.key === "Escape") this.view?.cancel();
  }

  /** Up and down go through the RPCs. */
  walk(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...byId("services").querySelectorAll<HTMLElement>("li:not([hidden]) a")];
    const at = links.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    links[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }

  showHistory(): void {
    const entries = readHistory();
    const again = (entry: Entry): void => {
      history.pushState(undefined, "", `#${entry.procedure}`);
      this.open(entry);
    };
    fill(
      byId("history"),
      el(
        "div",
        { class: "row" },
        el("h2", {}, "History"),
        entries.length > 0 &&
          el(
            "button",
            {
              type: "button",
              class: "plain",
              click: () => {
                forget();
                this.showHistory();
              },
            },
            "Clear",
          ),
      ),
      entries.length === 0 && el("p", { class: "quiet" }, "Calls that you make stay here, in this browser."),
      el(
        "ul",
        {},
        ...entries.map((entry) =>
          el(
            "li",
            {},
            el(
              "button",
              { type: "button", class: "entry", click: () => again(entry) },
              el("span", { class: entry.status === "ok" ? "dot good" : "dot bad" }),
              el("span", {}, entry.procedure.split("/").at(-1)),
              el("small", {}, `${entry.status} · ${new Date(entry.at).toLocaleTimeString()}`),
            ),
          ),
        ),
      ),
    );
  }
}

/** A request from a link: as a person writes it, if it is what was put there. */
function readable(linked: string): string | undefined {
  try {
    const text = decodeURIComponent(linked);
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

async function start(): Promise<void> {
  try {
    const session = await readSession();
    new Page(session, await readSchema(session.services));
  } catch (error) {
    fill(byId("main"), el("p", { class: "error" }, `The schema cannot be read: ${String(error)}`));
  }
}

void start();
