import { percentDecoded } from "./percent.js";

/** A part of a path between slashes: a text, any one part, or all parts that are left. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "one" }
  | { readonly kind: "rest" };

/** What a path template captures for a field. */
export interface Variable {
  /** The path of the field: `"book.name"`. */
  readonly field: string;
  /** The segments that it covers: up to `end`, or to the last of the path when it has a `**`. */
  readonly start: number;
  readonly end: number;
  /** More than one segment can match, so that `%2F` stays as it is. */
  readonly multi: boolean;
}

/** A path template of `google.api.HttpRule`, parsed. */
export interface Template {
  readonly text: string;
  readonly segments: readonly Segment[];
  readonly variables: readonly Variable[];
  /** What stands after the colon; empty without one. */
  readonly verb: string;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Parses a path template, by the grammar in google/api/http.proto.
 *
 * @throws TypeError that says what is wrong with it
 */
export function parseTemplate(text: string): Template {
  return new Parser(text).parse();
}

class Parser {
  readonly text: string;
  at = 0;
  readonly segments: Segment[] = [];
  readonly variables: Variable[] = [];

  constructor(text: string) {
    this.text = text;
  }

  parse(): Template {
    if (!this.take("/")) this.fail('it must begin with "/"');
    if (this.at < this.text.length) this.path(false);
    let verb = "";
    if (this.take(":")) {
      verb = this.literal();
      if (verb === "") this.fail("there is no verb after the colon");
    }
    if (this.at < this.text.length) this.fail(`"${this.text[this.at]}" was not expected at ${this.at + 1}`);
    const rest = this.segments.findIndex(({ kind }) => kind === "rest");
    if (rest >= 0 && rest < this.segments.length - 1) this.fail('"**" must be the last part of the path');
    const { text, segments, variables } = this;
    return { text, segments, variables, verb };
  }

  path(inVariable: boolean): void {
    do {
      if (this.take("**")) this.segments.push({ kind: "rest" });
      else if (this.take("*")) this.segments.push({ kind: "one" });
      else if (this.take("{")) {
        if (inVariable) this.fail("a variable must not contain another one");
        this.variable();
      } else {
        const text = this.literal();
        if (text === "") this.fail(`there is an empty segment at ${this.at + 1}`);
        this.segments.push({ kind: "literal", text });
      }
    } while (this.take("/"));
  }

  variable(): void {
    const start = this.segments.length;
    const from = this.at;
    while (this.at < this.text.length && this.text[this.at] !== "=" && this.text[this.at] !== "}") this.at++;
    const field = this.text.slice(from, this.at);
    if (!field.split(".").every((name) => identifier.test(name))) {
      this.fail(`"${field}" is not the path of a field`);
    }
    if (this.variables.some((other) => other.field === field)) this.fail(`the field "${field}" stands in it twice`);
    if (this.take("=")) this.path(true);
    else this.segments.push({ kind: "one" });
    if (!this.take("}")) this.fail(`the variable "${field}" is not closed`);
    const own = this.segments.slice(start);
    const isRest = own.at(-1)?.kind === "rest";
    const end = isRest ? Number.POSITIVE_INFINITY : this.segments.length;
    this.variables.push({ field, start, end, multi: isRest || own.length > 1 });
  }

  literal(): string {
    const from = this.at;
    while (this.at < this.text.length && !"/{}*:".includes(this.text[this.at] as string)) this.at++;
    const raw = this.text.slice(from, this.at);
    return percentDecoded(raw) ?? this.fail(`"${raw}" is not percent-encoded as it should be`);
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  fail(why: string): never {
    throw new TypeError(`the path template ${JSON.stringify(this.text)} is malformed: ${why}`);
  }
}
