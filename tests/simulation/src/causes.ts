// What the text of an error says has happened: it must have.

import type { FaultPlan } from "./fault-plan.js";
import { graceOf } from "./faults.js";
import type { SetupPlan } from "./plan.js";
import type { World } from "./world.js";

interface Cause {
  readonly text: RegExp;
  /** Faults that explain it, once they have happened. */
  readonly faults: readonly FaultPlan["kind"][];
  /** Options that do. */
  readonly options?: (setup: SetupPlan) => boolean;
}

const ends = ["server end", "client end", "cut", "cut after bytes", "goaway now", "drain", "server close"] as const;
const silences = ["stall", "jump", "slow connect", "silent connect"] as const;

const tooOld = ({ server }: SetupPlan): boolean => server.maxConnectionAgeMs !== undefined;
/** Clients that read nothing, or send nothing, for as long as a server bears it. */
const impatient = ({ server }: SetupPlan): boolean =>
  [server.stalledWriterTimeoutMs, server.requestIdleTimeoutMs, server.idleTimeoutMs, server.maxConnectionAgeMs].some(
    (option) => option !== undefined,
  );

const causes: readonly Cause[] = [
  { text: /the (client was|transport is) closed/, faults: ["client close"] },
  { text: /ECONNREFUSED/, faults: ["refuse", "drain", "server close"] },
  { text: /no answer within/, faults: [...silences, "refuse"] },
  { text: /answered no ping/i, faults: silences },
  { text: /did not read the response for too long/, faults: silences, options: impatient },
  { text: /nothing of the request came for/, faults: silences, options: impatient },
  { text: /the connection is too old/, faults: [], options: tooOld },
  { text: /GOAWAY.*as planned/, faults: ["goaway", "goaway now"] },
  { text: /the peer closed the connection(?! after)/, faults: [...ends, ...silences], options: impatient },
  // fetch says so of a server that takes no connections, too.
  { text: /ECONNRESET|socket hang up|without an answer/, faults: [...ends, ...silences, "refuse"], options: impatient },
  { text: /stream was reset with (CANCEL|INTERNAL_ERROR)/, faults: ["reset by server"] },
  { text: /stream was reset with/, faults: ["reset by server", ...silences], options: impatient },
];

/** What an error says that was not so. */
export function untrue({ plan, faults }: World, text: string, time: number = Number.POSITIVE_INFINITY): string[] {
  const happened = faults.incidents.filter(({ at }) => at <= time);
  const wrong = causes
    .filter((cause) => cause.text.test(text) && cause.options?.(plan.setup) !== true)
    .filter((cause) => !happened.some(({ fault }) => cause.faults.includes(fault.kind)))
    .map((cause) => `nothing made ${cause.text} true`);
  const isOver = happened.some(
    ({ fault, at }) => fault.kind === "server close" || (fault.kind === "drain" && at + graceOf(fault) <= time),
  );
  if (text.includes("the server shut down") && !isOver) wrong.push("nobody had ended its server");
  return wrong;
}
