// What happens to connections and servers, as data, and how it is drawn: by chance, or aimed at what is seldom met by chance.
import type { Chance } from "./chance.js";
import type { FrameName } from "./wrong-frames.js";

export const faultKinds = [
  "cut",
  "cut after bytes",
  "server end",
  "client end",
  "stall",
  "goaway",
  "goaway now",
  "client goaway",
  "reset by server",
  "drain",
  "server close",
  "client close",
  "jump",
  "refuse",
  "slow connect",
  "silent connect",
  "corrupt",
  "frame",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultPlan {
  readonly kind: FaultKind;
  readonly at: number;
  readonly ms: number;
  readonly number: number;
  readonly which: "requests" | "responses" | "both";
  /** It waits until a connection with an open call is there in its life. */
  readonly phase?: string | undefined;
  /** What a frame is that it puts between others; undefined: any. */
  readonly says?: FrameName | undefined;
}

export function faultOf(chance: Chance, span: number): FaultPlan {
  return {
    kind: chance.weighted({
      cut: 4,
      "cut after bytes": 8,
      "server end": 2,
      "client end": 2,
      stall: 3,
      goaway: 4,
      "goaway now": 4,
      "client goaway": 2,
      "reset by server": 4,
      drain: 3,
      "server close": 2,
      "client close": 0.5,
      jump: 3,
      refuse: 2,
      "slow connect": 1,
      "silent connect": 1,
      corrupt: 2,
      frame: 6,
    }),
    at: chance.next() * chance.pick([1, 10, span, 1.5 * span]),
    ms: chance.scale(1, chance.pick([100, 5000, 90_000])),
    number: chance.scale(0, chance.pick([30, 3000, 60_000])),
    which: chance.pick(["requests", "responses", "both"]),
  };
}

const both = ["requests", "responses", "both"] as const;
const either = ["requests", "responses"] as const;
/** What happens to a connection that is somewhere in its life: each of them, and in each direction where there are two. */
const targets: readonly (readonly [FaultKind, FaultPlan["which"]])[] = [
  ...(
    ["cut", "server end", "client end", "goaway", "goaway now", "client goaway", "reset by server", "jump"] as const
  ).map((kind) => [kind, "both"] as const),
  ...both.map((which) => ["stall", which] as const),
  ...(["cut after bytes", "corrupt", "frame"] as const).flatMap((kind) =>
    either.map((which) => [kind, which] as const),
  ),
];
/** They spoil a connection: then less is asked of its calls. */
const spoiling: readonly FaultKind[] = ["corrupt", "frame"];

/** Where a connection of HTTP/2 may be: what passed last. */
const phases = [
  "connected",
  "settings",
  "headers",
  "headers end",
  "data",
  "data end",
  "window",
  "ping",
  "reset",
  "goaway",
  "continuation",
] as const;
/** Nobody of ours sends these. */
const foreignPhases = ["other", "priority", "push"] as const;
/** Few heads take more than a frame. */
const rarePhase = "continuation";
const rarePlaces = [rarePhase, rarePhase, rarePhase, ...foreignPhases, "push", "push", "push"] as const;
/** Any of them but the first. */
export const anyPhase = "any";

/** Faults that each happen to a connection in a phase, one as often as the other. */
export interface Aims {
  readonly faults: readonly FaultPlan[];
  /** What they wait for, such as "data of responses". */
  readonly phases: ReadonlySet<string>;
}

/** @param isGrpc - its calls end with HEADERS, and those of others with DATA */
export function aimsOf(chance: Chance, http: "1.1" | "2" | "fetch", isGrpc: boolean, span: number): Aims {
  const spoils = chance.happens(0.5);
  const some = targets.filter(([kind]) => spoils || !spoiling.includes(kind));
  const strange = isGrpc ? "data end" : "headers end";
  const places: readonly string[] =
    http !== "2"
      ? ["connected", "bytes"]
      : spoils
        ? [...phases, ...foreignPhases, ...foreignPhases, strange, rarePhase]
        : [...phases, rarePhase].filter((phase) => phase !== strange);
  const faults: FaultPlan[] = [];
  const met = new Set<string>();
  for (let n = chance.whole(2, 3); n > 0; n--) {
    const [kind, which] = chance.pick(some);
    // Of these many do not come to pass.
    const isRare = kind === "reset by server" || (kind === "cut after bytes" && which === "responses");
    const rarest = isRare && http === "2" && spoils && chance.happens(0.8);
    const phase = chance.pick(rarest ? [...rarePlaces, strange, strange] : places);
    const isEarly = phase === "connected" || phase === "settings" || chance.happens(0.7);
    const at = isEarly ? 0 : chance.next() * span * 0.5;
    const before = http === "2" ? beforeOf(phase, strange, spoils, chance) : undefined;
    // It is met as soon as something passes, so that the phase comes soon after.
    const direction = kind === "cut after bytes" ? which : "responses";
    met.add(`${phase} of ${direction}`);
    // A stream can be reset where there is one.
    const first = kind === "reset by server" ? "headers" : anyPhase;
    if (before !== undefined) faults.push({ ...faultOf(chance, span), at, phase: first, which: direction, ...before });
    faults.push({ ...faultOf(chance, span), kind, which, at, phase });
  }
  return { faults, phases: met };
}

/** What brings a connection into a phase that it does not come into often by itself. */
function beforeOf(
  phase: string,
  strange: string,
  spoils: boolean,
  chance: Chance,
): Pick<FaultPlan, "kind" | "says"> | undefined {
  const frame = { kind: "frame", says: phase } as Pick<FaultPlan, "kind" | "says">;
  if (phase === "reset") return spoils ? frame : { kind: "reset by server" };
  if (phase === "goaway") return spoils ? frame : { kind: "goaway" };
  if (!spoils || phase === "connected" || phase === "settings") return undefined;
  const isForeign = (foreignPhases as readonly string[]).includes(phase);
  return isForeign || phase === strange || chance.happens(0.5) ? frame : undefined;
}
