/** What elements are made of: nodes, and texts. What is not there is left out. */
export type Child = Node | string | number | undefined | false | readonly Child[];

export interface Props {
  readonly [name: string]: string | number | boolean | undefined | ((event: never) => unknown);
}

/** Makes an element. Functions are listeners: `{ click: () => ... }`; `true` is an attribute without a value. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value as (event: Event) => void);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  put(element, children);
  return element;
}

/** Adds children. */
export function put(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue;
    // A select has a length too.
    if (Array.isArray(child)) put(parent, child as readonly Child[]);
    else parent.append(typeof child === "number" ? String(child) : (child as Node | string));
  }
}

/** Puts children in place of what there is. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  put(parent, children);
}

/** An element that the page has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`the page has no #${id}`);
  return found;
}
