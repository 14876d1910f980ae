import type { Binding } from "./binding.js";
import { percentDecoded } from "./percent.js";

/** A template that a path matches, with the segments of the path. */
export interface Match {
  readonly binding: Binding;
  /** As they came, percent-encoded; without the verb. */
  readonly segments: readonly string[];
}

/** Templates by their segments. Each node is looked at once at most for a path, so that the time is linear in its length. */
interface Node {
  readonly literals: Map<string, Node>;
  one: Node | undefined;
  rest: Node | undefined;
  /** By verb, then by HTTP method; `"*"` is any. */
  readonly ends: Map<string, Map<string, Binding>>;
}

const makeNode = (): Node => ({ literals: new Map(), one: undefined, rest: undefined, ends: new Map() });

/** The bindings of a server by method and path. */
export class RestTable {
  readonly root: Node = makeNode();
  /** Where all templates begin: `"/v1/*"`. */
  readonly path: string;

  /** @throws TypeError when two RPCs are bound to one path */
  constructor(bindings: readonly Binding[]) {
    for (const binding of bindings) this.add(binding);
    this.path = commonPath(bindings);
  }

  add(binding: Binding): void {
    const { template, httpMethod } = binding;
    let node = this.root;
    for (const segment of template.segments) {
      if (segment.kind === "literal") {
        const next = node.literals.get(segment.text) ?? makeNode();
        node.literals.set(segment.text, next);
        node = next;
      } else {
        node[segment.kind] ??= makeNode();
        node = node[segment.kind] as Node;
      }
    }
    const ends = node.ends.get(template.verb) ?? new Map<string, Binding>();
    node.ends.set(template.verb, ends);
    const other = ends.get(httpMethod);
    if (other !== undefined) {
      throw new TypeError(
        `${httpMethod} ${template.text} of ${binding.procedure} is bound already, to ${other.procedure}: give one of them another path`,
      );
    }
    ends.set(httpMethod, binding);
  }

  /**
   * Finds what a request is for: a text before a `*`, a `*` before a `**`, a path with a verb before one without.
   *
   * @returns the methods that the path has when it does not have this one; `undefined` when the path is not known
   */
  find(method: string, path: string): Match | ReadonlySet<string> | undefined {
    const segments = path === "/" ? [] : path.slice(1).split("/");
    const allowed = new Set<string>();
    const last = segments.at(-1) ?? "";
    const colon = last.lastIndexOf(":");
    if (colon >= 0) {
      const cut = [...segments.slice(0, -1), last.slice(0, colon)];
      const verb = percentDecoded(last.slice(colon + 1));
      const binding = verb === undefined || verb === "" ? undefined : this.search(cut, verb, method, allowed);
      if (binding !== undefined) return { binding, segments: cut };
    }
    const binding = this.search(segments, "", method, allowed);
    if (binding !== undefined) return { binding, segments };
    return allowed.size === 0 ? undefined : allowed;
  }

  search(segments: readonly string[], verb: string, method: string, allowed: Set<string>): Binding | undefined {
    const texts = segments.map((segment) => percentDecoded(segment) ?? segment);
    const pick = ({ ends }: Node): Binding | undefined => {
      const methods = ends.get(verb);
      if (methods === undefined) return undefined;
      for (const known of methods.keys()) allowed.add(known);
      const own = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
      return own ?? methods.get("*");
    };
    const walk = (node: Node, at: number): Binding | undefined => {
      const text = texts[at];
      let found: Binding | undefined;
      if (text === undefined) found = pick(node);
      else {
        const next = node.literals.get(text);
        if (next !== undefined) found = walk(next, at + 1);
        if (found === undefined && node.one !== undefined && text !== "") found = walk(node.one, at + 1);
      }
      return found ?? (node.rest === undefined ? undefined : pick(node.rest));
    };
    return walk(this.root, 0);
  }
}

/** The path of a route that has all templates. */
function commonPath(bindings: readonly Binding[]): string {
  let common: readonly string[] | undefined;
  for (const { template } of bindings) {
    const parts = template.text.slice(1).split(/[/:{]/);
    const { segments } = template;
    let length = 0;
    // What the last segment is may be told by a verb; and a `**` after a segment also matches nothing.
    const most = segments.length - (segments.at(-1)?.kind === "rest" ? 2 : 1);
    while (length < most && isPlain(segments[length]?.kind, parts[length])) length++;
    const own = parts.slice(0, length);
    common = common === undefined ? own : common.slice(0, shared(common, own));
  }
  return `/${(common ?? []).map((part) => `${part}/`).join("")}*`;
}

function isPlain(kind: string | undefined, part: string | undefined): boolean {
  return kind === "literal" && part !== undefined && /^[\w.-]+$/.test(part);
}

function shared(one: readonly string[], other: readonly string[]): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}
