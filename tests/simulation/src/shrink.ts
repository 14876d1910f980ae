import { notOdd } from "./odd-plan.js";
import type { CallPlan, Numbers, Plan, SetupPlan } from "./plan.js";
import { run } from "./run.js";

/** Makes a plan that fails smaller, as long as it fails in the same way. */
export async function shrink(plan: Plan, first: string): Promise<Plan> {
  const kind = kindOf(first);
  const fails = async (smaller: Plan): Promise<boolean> =>
    (await run(smaller)).wrong.some((text) => kindOf(text) === kind);
  let best = plan;
  for (let round = 0; round < 3; round++) {
    const before = JSON.stringify(best);
    for (const smaller of steps(best)) {
      const candidate = smaller(best);
      if (candidate !== undefined && (await fails(candidate))) best = candidate;
    }
    if (JSON.stringify(best) === before) break;
  }
  return best;
}

/** The same fault has other numbers in another schedule. */
function kindOf(text: string): string {
  return text
    .replace(/\(.*/s, "")
    .replace(/[\d.]+/g, "#")
    .slice(0, 80);
}

type Step = (plan: Plan) => Plan | undefined;

function* steps(plan: Plan): Generator<Step> {
  for (const { id } of plan.calls) yield (p) => without(p, id);
  for (const fault of plan.faults)
    yield (p) => (p.faults.includes(fault) ? { ...p, faults: p.faults.filter((other) => other !== fault) } : undefined);
  for (const { at, kind } of plan.faults)
    yield (p) => {
      const faults = p.faults.map((f) => (f.at === at && f.kind === kind ? { ...f, phase: undefined } : f));
      return { ...p, faults };
    };
  yield (p) => (p.visits.length > 0 ? { ...p, visits: [] } : undefined);
  yield (p) => (p.bare.length > 0 ? { ...p, bare: [] } : undefined);
  yield (p) => (p.stacks.length > 0 ? { ...p, stacks: [] } : undefined);
  yield (p) => (p.exact ? { ...p, exact: false } : undefined);
  for (const side of ["client", "server"] as const)
    for (const name of Object.keys(plan.setup[side]) as (keyof Numbers)[])
      yield (p) => {
        const { [name]: _, ...rest } = p.setup[side];
        return { ...p, setup: { ...p.setup, [side]: rest } };
      };
  const simple = { latency: [0.05, 0.05], buffer: 300_000, chunks: "as-written" } as const;
  const setups: readonly Partial<SetupPlan>[] = [
    { interceptors: [] },
    { handlerInterceptors: [] },
    { json: false },
    { foreign: false, looks: false },
    { routes: false, prefix: false, cors: "none" },
    { strangeServers: 0 },
    { odd: notOdd },
    { get: false },
    { readMaxBytes: undefined },
    { clientCompression: false, serverCompression: false },
    { requestLine: simple },
    { responseLine: simple },
    { clientTimeoutMs: undefined },
  ];
  for (const setup of setups) yield (p) => ({ ...p, setup: { ...p.setup, ...setup } });
  for (const { id } of plan.calls) {
    for (const change of changes) yield (p) => withCall(p, id, change);
  }
}

const changes: readonly ((call: CallPlan) => Partial<CallPlan>)[] = [
  () => ({ oddity: undefined }),
  ({ handler }) => ({ handler: { ...handler, oddity: undefined } }),
  () => ({ requestStop: undefined }),
  () => ({ abortAt: undefined }),
  () => ({ timeoutMs: undefined }),
  () => ({ metadata: 0, compress: undefined, waitForReady: false }),
  () => ({ sender: "list" }),
  () => ({ at: 0 }),
  () => ({ reader: { gap: 0, headers: false } }),
  ({ requests }) => ({ requests: requests.slice(0, 1).map(({ size }) => ({ size, gap: 0 })) }),
  ({ requests }) => ({ requests: requests.map(({ size }) => ({ size, gap: 0 })) }),
  ({ requests }) => ({ requests: requests.map(({ gap }) => ({ size: 1, gap })) }),
  ({ handler }) => ({ handler: { ...handler, stop: undefined } }),
  ({ handler }) => ({ handler: { ...handler, wait: 0, gap: 0, headersFirst: false, metadata: 0, deaf: false } }),
  ({ handler }) => ({ handler: { ...handler, responses: handler.responses.slice(0, 1) } }),
  ({ handler }) => ({ handler: { ...handler, responses: handler.responses.map(() => ({ size: 1, gap: 0 })) } }),
];

function without(plan: Plan, id: number): Plan | undefined {
  if (plan.calls.length === 1 || !plan.calls.some((call) => call.id === id)) return undefined;
  return { ...plan, calls: plan.calls.filter((call) => call.id !== id) };
}

function withCall(plan: Plan, id: number, change: (call: CallPlan) => Partial<CallPlan>): Plan | undefined {
  const call = plan.calls.find((other) => other.id === id);
  if (call === undefined) return undefined;
  const changed = { ...call, ...change(call) };
  if (JSON.stringify(changed) === JSON.stringify(call)) return undefined;
  return { ...plan, calls: plan.calls.map((other) => (other === call ? changed : other)) };
}
