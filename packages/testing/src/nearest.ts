import type { RecordedCall } from "./recording.js";

/** A recorded call, as it is looked for. */
export interface Entry {
  readonly call: RecordedCall;
  /** Its line, from 1. */
  readonly line: number;
  isPlayed: boolean;
  /** Its requests, to compare them: made when its procedure is called first. */
  requests: readonly unknown[] | undefined;
}

/** Where two JSON values differ. */
interface Difference {
  /** `"items[2].name"` */
  readonly path: string;
  readonly recorded: unknown;
  readonly sent: unknown;
}

/**
 * Why there is nothing to play, and which recorded call is the nearest to what was sent.
 *
 * @param isWhole - whether all of the request was sent
 */
export function notRecorded(
  procedure: string,
  entries: readonly Entry[],
  sent: readonly unknown[],
  isWhole: boolean,
  all: Iterable<string>,
): string {
  if (entries.length === 0) {
    const others = [...all].join(", ");
    return `no call of ${procedure} is in the recording, which has ${others === "" ? "no calls" : `calls of ${others}`}`;
  }
  const ranked = entries.map((entry) => {
    const { requests = [] } = entry;
    const recorded = isWhole ? requests : requests.slice(0, sent.length);
    return { entry, differences: differencesOf(single(recorded), single(sent), "") };
  });
  const [first, ...rest] = ranked as [(typeof ranked)[number], ...typeof ranked];
  const nearest = rest.reduce((best, next) => (next.differences.length < best.differences.length ? next : best), first);
  if (nearest.differences.length === 0) {
    const count = ranked.filter(({ differences }) => differences.length === 0).length;
    return `all recorded calls of ${procedure} with this request were played (${count}, the first in line ${nearest.entry.line}): record again, or set repeat: true`;
  }
  const shown = nearest.differences.slice(0, 3).map(({ path, recorded, sent: other }) => {
    const where = path === "" ? "it has" : `${path} is`;
    return `${where} ${show(recorded)} there and ${show(other)} here`;
  });
  const more = nearest.differences.length > 3 ? `, and ${nearest.differences.length - 3} more` : "";
  return `no recorded call of ${procedure} has the request ${show(single(sent), 200)}; the nearest is in line ${nearest.entry.line}: ${shown.join(", ")}${more}`;
}

/** One request is shown as itself. */
function single(requests: readonly unknown[]): unknown {
  return requests.length === 1 ? requests[0] : requests;
}

function differencesOf(recorded: unknown, sent: unknown, path: string): Difference[] {
  const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
  if (!isObject(recorded) || !isObject(sent) || Array.isArray(recorded) !== Array.isArray(sent)) {
    return recorded === sent ? [] : [{ path, recorded, sent }];
  }
  const [there, here] = [recorded, sent].map((value) => new Map<string, unknown>(Object.entries(value))) as [
    Map<string, unknown>,
    Map<string, unknown>,
  ];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((key) => {
    const below = Array.isArray(recorded) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    return differencesOf(there.get(key), here.get(key), below);
  });
}

/** Whether two requests are the same. */
export function same(recorded: unknown, sent: unknown): boolean {
  return differencesOf(recorded, sent, "").length === 0;
}

function show(value: unknown, longest = 60): string {
  const text = value === undefined ? "absent" : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
