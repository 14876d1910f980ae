/** A call that was made, as it is kept. */
export interface Entry {
  readonly procedure: string;
  readonly messages: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timeoutMs?: number | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `ok`, or the code of the error. */
  readonly status: string;
  readonly ms: number;
}

const key = "connect-ts.explorer.history";
export const maxEntries = 50;
/** Of one entry and of all, in characters: browsers keep some five million for all that an origin has. */
const maxEntryLength = 50_000;
const maxLength = 500_000;

/** Values of headers that let somebody in are not kept. */
const secret = /auth|cookie|token|secret|password|key|credential|session/i;

export function readHistory(): readonly Entry[] {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "[]") as unknown;
    return Array.isArray(kept) ? kept.filter(isEntry) : [];
  } catch {
    // Another program wrote there, or the browser keeps nothing.
    return [];
  }
}

/** Puts a call before the others, and lets go of the oldest ones. */
export function remember(entry: Entry): void {
  const headers = entry.headers.map(([name, value]) => [name, secret.test(name) ? "" : value] as const);
  const kept = { ...entry, headers };
  if (JSON.stringify(kept).length > maxEntryLength) return;
  const entries = [kept, ...readHistory().filter((other) => !isSame(other, kept))].slice(0, maxEntries);
  while (JSON.stringify(entries).length > maxLength) entries.pop();
  write(JSON.stringify(entries));
}

export function forget(): void {
  write("[]");
}

function write(text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // There is no room, or the browser keeps nothing: the page works without.
  }
}

function isSame(one: Entry, other: Entry): boolean {
  const call = ({ procedure, messages, headers }: Entry): string => JSON.stringify([procedure, messages, headers]);
  return call(one) === call(other);
}

function isEntry(value: unknown): value is Entry {
  const { procedure, messages, headers, at } = (value ?? {}) as Partial<Entry>;
  const isText = (one: unknown): boolean => typeof one === "string";
  return (
    isText(procedure) &&
    Array.isArray(messages) &&
    messages.every(isText) &&
    Array.isArray(headers) &&
    typeof at === "number"
  );
}
