// Options are checked once, where they come in: a bad one is an error that names it, never a limit that is off.
// Browsers load this: it is short on purpose.

/** What the value of an option has to be: its `typeof`, and beyond that what in words, with range and unit, and as a test. */
export type Rule =
  | "string"
  | "boolean"
  | "function"
  | "object"
  | readonly [type: string, expected: string, allows: (value: never) => boolean];

/** {@link Rule}s for all options of a type. One that is `undefined` is for an option that is checked elsewhere. */
export type RulesFor<Options> = { readonly [Name in keyof Required<Options>]: Rule | undefined };

/** Options that belong elsewhere, and where. `...` in it stands for the option. */
export type Elsewhere = readonly [options: string, where: string];

/**
 * Checks the options of a factory. One that is `undefined` is not given.
 *
 * @returns a plain object of those that are given, to be copied: what an object has of its class a copy would lack
 * @throws TypeError for a value of a wrong type, and for an option that the factory does not have
 * @throws RangeError for a number out of range
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: Options,
  rules: RulesFor<Options>,
  ...elsewhere: readonly Elsewhere[]
): Options {
  checkOption(`the options of ${owner}`, options, "object");
  // A promise, a list or a signal in place of options would be read as no options at all.
  const kind = kindOf(options);
  if (kind !== "Object" && kind !== "Module")
    throw new TypeError(`the options of ${owner} must be a plain object, not ${kind}`);
  const names = Object.keys(rules) as (keyof Options & string)[];
  const given = {} as Options;
  // An object of a class has options that are not its own.
  for (const name of names) {
    const value = options[name];
    const rule = rules[name];
    if (value === undefined) continue;
    if (rule !== undefined || value === null) checkOption(`${name} of ${owner}`, value, rule ?? notNull);
    given[name] = value;
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rules, name) || options[name as keyof Options] === undefined) continue;
    const [, where = `it has ${names.join(", ") || "none"}`] =
      elsewhere.find(([options]) => options.split(" ").includes(name)) ?? [];
    throw new TypeError(`${owner} has no option ${show(name)}: ${where.replace("...", name)}`);
  }
  return given;
}

/** What a value is not allowed to be that is checked elsewhere. */
const notNull: Rule = ["", "left out or have a value", () => false];

/** Checks one value. @throws as {@link checkOptions} does */
export function checkOption(name: string, value: unknown, rule: Rule): void {
  const plain = typeof rule === "string";
  const type = plain ? rule : rule[0];
  const typed = typeof value === type && value !== null;
  if (typed && (plain || rule[2](value as never))) return;
  const Kind = typed && type === "number" ? RangeError : TypeError;
  const expected = plain ? `of type ${rule}` : rule[1];
  throw new Kind(`${name} must be ${expected}, not ${show(value)}`);
}

/** What is asked of a base URL. */
export interface BaseUrl {
  readonly origin: string;
  readonly host: string;
  /** Of React Native's URL it may be empty. */
  readonly pathname: string;
  readonly href: string;
}

type Parts = [
  url: string,
  scheme: string,
  credentials: string | undefined,
  host: string,
  pathname: string,
  rest: string,
];

/** The URL of a `baseUrl`. @param or - what else it may be @param page - what a path belongs to @throws TypeError when it is none */
export function checkBaseUrl(baseUrl: string, or = "", page?: string): BaseUrl {
  let parts: RegExpExecArray | null | undefined;
  try {
    // By hand: in React Native's URL the members that would tell the parts throw.
    parts = /^(https?:..)([^/]*@)?([^/]+)([^?#]*)(.*)/.exec(new URL(baseUrl, page) as never);
  } catch {
    // Told below.
  }
  checkOption("baseUrl", baseUrl, ["string", `a URL such as "https://api.example.com"${or}`, () => !!parts]);
  const [, scheme, credentials, host, pathname, rest] = parts as unknown as Parts;
  // Requests would not have them. A path inherits the credentials of its page.
  if (rest || (baseUrl[0] !== "/" && credentials))
    throw new TypeError("baseUrl must have no credentials, query or fragment: credentials go in headers");
  const origin = scheme + host;
  return { origin, host, pathname, href: origin + pathname };
}

/** A value for people, escaped and shortened. */
export function show(value: unknown): string {
  if (Object(value) === value) return typeof value;
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : String(value).slice(0, 40);
}

export const functions: Rule = [
  "object",
  "a list of functions",
  (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "function"),
];

/** The size of a message and the like. */
export const bytes: Rule = [
  "number",
  "a whole number of bytes from 0 to 4294967295",
  (value: number) => value >>> 0 === value,
];

/** What a message takes in memory. */
export const memory: Rule = ["number", "a number of bytes from 0 to Infinity", (value: number) => value >= 0];

/** A time from now, which no single timer has to wait for. */
export const deadline: Rule = ["number", "a number of milliseconds from 0 to Infinity", (value: number) => value >= 0];

/** A test for values that have a method. */
export function has(method: string): (value: unknown) => boolean {
  return (value) => typeof (value as { readonly [name: string]: unknown } | null)?.[method] === "function";
}

export function oneOf(...values: readonly string[]): Rule {
  return ["string", values.map(show).join(" or "), (value: string) => values.includes(value)];
}

export function listOf(what: string, allows: (item: unknown) => boolean): Rule {
  return ["object", `a list of ${what}`, (value: unknown) => Array.isArray(value) && value.every(allows)];
}

/** @param or - a value that is allowed beside the range */
export function whole(what: string, min: number, max: number, or?: number): Rule {
  return between(`a whole ${what}`, min, max, or, 1);
}

/** A time for timers, which take no more than 24.8 days. @param or - a value that is allowed beside the range */
export function milliseconds(min: number, or?: number): Rule {
  return between("a number of milliseconds", min, 0x7fff_ffff, or, Number.MIN_VALUE);
}

function between(what: string, min: number, max: number, or: number | undefined, step: number): Rule {
  const range = `${what} from ${min} to ${max}${or === undefined ? "" : ` or ${or}`}`;
  return ["number", range, (value: number) => value === or || (value >= min && value <= max && value % step === 0)];
}

/** "Object", "Array", "Date", "Promise": what the platform calls a value. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Whether a value has members of names: it may be of JSON, or an init shape. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A set of words. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
