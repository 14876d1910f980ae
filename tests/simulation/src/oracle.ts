// What must hold after any schedule: each call is judged by what happened, and not by what happened to others.
import { type CallStats, ConnectError } from "@connect-ts/runtime";
import { untrue } from "./causes.js";
import { graceOf, type Incident } from "./faults.js";
import { type CallLog, streamsRequests, streamsResponses } from "./log.js";
import { type CallPlan, isOdd, type MessagePlan } from "./plan.js";
import { readsAll, specs } from "./service.js";
import type { World } from "./world.js";

/** A handler is told of it in so many milliseconds when its caller has left. */
const toldMs = 2000;

type Must = (holds: boolean, text: string) => void;

/** Errors of HTTP/2 (RFC 9113 section 7) that one of our sides sends when the other, or itself, broke a rule. */
const brokenRules = new Map([
  [1, "PROTOCOL_ERROR"],
  [3, "FLOW_CONTROL_ERROR"],
  [5, "STREAM_CLOSED"],
  [6, "FRAME_SIZE_ERROR"],
  [9, "COMPRESSION_ERROR"],
]);

/** What is wrong with a schedule that ran. */
export function judge(world: World): string[] {
  if (world.faults.spoiled.size > 0) return judgeSpoiled(world);
  return [
    ...world.wrong,
    ...world.logs.flatMap((log) =>
      [
        ...log.inexcusable,
        ...(isOdd(world.plan, log.plan) ? judgeOdd(log) : [...log.wrong, ...judgeCall(world, log)]),
      ].map((text) => `call ${log.plan.id}: ${text}`),
    ),
    ...judgeWire(world),
    ...judgeReports(world),
  ];
}

/** Peers that say anything: calls end once and in time, the next call works, nothing is left, and nothing escapes. */
function judgeSpoiled(world: World): string[] {
  // What is on its way may be for another call than before, and say something else.
  const wasBefore = (time: number | undefined): boolean => time !== undefined && time < world.faults.spoiledAt;
  return [
    ...world.wrong,
    ...world.logs
      .filter(({ runs, settledAt }) => [settledAt, ...runs.map(({ endedAt }) => endedAt)].every(wasBefore))
      .filter((log) => !isOdd(world.plan, log.plan))
      .flatMap((log) => [...log.wrong, ...judgeCall(world, log)].map((text) => `call ${log.plan.id}: ${text}`)),
    ...world.logs.flatMap(({ plan, outcome = "" }) =>
      outcome.startsWith("no ConnectError") ? [`call ${plan.id} ended with ${outcome}`] : [],
    ),
  ];
}

function judgeOdd({ outcome = "" }: CallLog): string[] {
  return outcome.startsWith("no ConnectError") ? [`it ended with ${outcome}`] : [];
}

function judgeWire({ network }: World): string[] {
  return network.connections.flatMap(({ number, requests, responses }) =>
    (network.strangers.has(number) ? [] : [requests, responses]).flatMap(({ watch, from }) => [
      ...[...watch.broken, ...watch.blocks.wrong]
        .slice(0, 3)
        .map((text) => `${from.name} broke a rule on connection ${number}: ${text}`),
      ...watch.said
        .filter(({ code }) => brokenRules.has(code))
        .map(
          ({ frame, code, stream }) =>
            `${from.name} said ${brokenRules.get(code)} (${frame}, stream ${stream}) on connection ${number}`,
        ),
    ]),
  );
}

function judgeReports(world: World): string[] {
  const { reported, logs } = world;
  if (logs.some((log) => isOdd(world.plan, log.plan))) return [];
  const plain = logs.some(({ plan }) => ["throw plainly", "throw undefined"].includes(plan.handler.stop?.how ?? ""));
  return reported.flatMap((error) => {
    const text = error instanceof Error ? error.message : String(error);
    if (plain && (text === "as planned" || error === undefined)) return [];
    if (/\(send(MaxBytes|MaxHeaderBytes)\)|the client takes \d+/.test(text)) return [];
    if (error instanceof ConnectError && /still runs|ran on after/.test(text)) return [];
    return [`onError was told of ${text}`];
  });
}

/** What may lose calls. A GOAWAY in order, or a pause of the whole process, must not. */
export function isLossy({ fault, streams }: Incident, world: World): boolean {
  switch (fault.kind) {
    case "goaway":
    case "client goaway":
      return false;
    case "jump":
      return fault.ms >= 400;
    case "slow connect":
      return world.plan.setup.client.connectTimeoutMs !== undefined;
    case "reset by server":
      return streams.length > 0;
    default:
      return true;
  }
}

/** Whether something happened that may have lost the call, or so much later what told of its end. */
function isDisturbed(world: World, { startedAt, settledAt }: CallLog, laterMs = 0): boolean {
  const end = (settledAt ?? Number.POSITIVE_INFINITY) + laterMs;
  const lossy = world.faults.incidents.filter((incident) => incident.at <= end && isLossy(incident, world));
  const [only] = lossy;
  // A connection that was in use is lost: that is nothing to calls that come later. Of more it may be that a pause follows.
  const once = ["cut", "cut after bytes", "server end", "client end", "goaway now"];
  if (lossy.length === 1 && only !== undefined && once.includes(only.fault.kind) && only.phase.includes("headers")) {
    // It takes a while until a client hears of it.
    return only.at + 1000 >= startedAt;
  }
  return lossy.length > 0;
}

/** So many bytes of requests wait in the reader at most: more of them hide the end of an HTTP/1.1 connection. */
const hiddenBytes = 16_384;

function judgeCall(world: World, log: CallLog): string[] {
  const { plan, outcome, runs, received, sent } = log;
  const wrong: string[] = [];
  const must: Must = (holds, text) => {
    if (!holds) wrong.push(`${text} (${plan.kind}, ended ${outcome} ${log.text})`);
  };
  const { setup } = world.plan;
  const settledAt = log.settledAt ?? Number.POSITIVE_INFINITY;
  const disturbed = isDisturbed(world, log);
  // A first attempt that is slow may reach the server after the second, whose answer it was.
  const whole = runs.filter(({ outcome, gave }) => outcome === "returned" && gave === received.length);
  const answered = whole.find(({ abortedAt }) => abortedAt === undefined) ?? whole.at(-1);
  const last = (outcome === "ok" ? answered : undefined) ?? runs.at(-1);

  // ---------------------------------------------------------------- how often, and in time
  const again = setup.interceptors.filter((name) => name === "again").length;
  const mayBeCut = disturbed || setup.server.maxConnectionAgeGraceMs !== undefined;
  const mayRunTwice = setup.http === "1.1" && plan.kind === "idempotent" && mayBeCut;
  must(runs.length <= (mayRunTwice ? 3 : 1) * 2 ** again, `the handler ran ${runs.length} times`);
  const timeouts = [
    plan.timeoutMs ?? setup.clientTimeoutMs,
    setup.interceptors.includes("deadline") ? 5_000 : undefined,
  ];
  const timeoutMs = Math.min(...timeouts.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  const jumped = world.faults.incidents.reduce((sum, { fault }) => sum + (fault.kind === "jump" ? fault.ms : 0), 0);
  const elapsed = settledAt - log.startedAt;
  // An interceptor that waits after the call is user code, and so is a reader that is slow.
  const slow = 50 + plan.handler.responses.length * plan.reader.gap + 4 * setup.interceptors.length;
  must(
    elapsed <= timeoutMs + jumped + slow + world.times.slackMs,
    `it took ${elapsed} ms, with a deadline of ${timeoutMs} ms`,
  );

  const leftAt = log.abortedAt ?? Number.POSITIVE_INFINITY;
  if (!isDisturbed(world, log, toldMs) && jumped === 0 && leftAt <= settledAt) {
    for (const { endedAt, abortedAt, requests } of runs) {
      // Whoever does not read a request over HTTP/1.1 does not read its connection either, and so not its end.
      const unread = plan.requests.slice(requests.length).reduce((sum, { size }) => sum + size, 0);
      if (setup.http === "1.1" && unread > hiddenBytes) continue;
      must(
        Math.min(endedAt ?? Number.POSITIVE_INFINITY, abortedAt ?? Number.POSITIVE_INFINITY) <=
          leftAt + toldMs + world.times.slackMs,
        "its handler was not told that the caller has left",
      );
    }
  }

  // ---------------------------------------------------------------- messages
  must(received.length <= Math.max(0, ...runs.map(({ gave }) => gave)), "more responses came than were given");
  for (const run of runs) {
    must(run.requests.length <= sent, "the handler has more requests than were sent");
    if (run.requestsEnd === "end" && streamsRequests(plan.kind)) {
      must(log.requestsEnded, "the handler heard the end of requests that were not ended");
      must(
        run.requests.length === plan.requests.length,
        `the handler has ${run.requests.length} of ${plan.requests.length} requests, and heard their end`,
      );
    }
  }
  if (outcome === "ok") {
    must(last !== undefined, "it is OK, and no handler ran");
    must(last?.outcome === "returned", `it is OK, and the handler ended ${last?.outcome}`);
    must(received.length === last?.gave, `it is OK with ${received.length} of ${last?.gave} responses`);
    if (!streamsResponses(plan.kind)) must(received.length === 1, "it is OK without a message");
    must(
      last?.abortedAt === undefined || last.abortedAt >= (last.endedAt ?? 0),
      "it is OK, and the handler was told that it is over",
    );
  }

  for (const text of untrue(world, log.text, log.settledAt)) must(false, text);
  // Its client may reset a stream whenever it likes.
  for (const { told, abortedAt } of runs.filter((run) => !run.told.includes("was reset with")))
    for (const text of untrue(world, told, abortedAt)) must(false, `its handler was told ${told}: ${text}`);

  // ---------------------------------------------------------------- codes
  const thrown = runs.map((run) => run.outcome).filter((code) => code !== "returned" && code !== "closed");
  const allowed = allowedCodes(world, log, disturbed, elapsed, timeoutMs);
  if (outcome !== "ok" && outcome !== "left") {
    must(allowed.has(outcome ?? "") || (thrown.includes(outcome) && handlerMeant(log)), "nothing explains the code");
  }
  const interfered =
    disturbed || log.abortedAt !== undefined || plan.requestStop !== undefined || elapsed >= timeoutMs - 1;
  const untouched = !interfered && allowed.size === 0;
  if (untouched) {
    const { stop } = plan.handler;
    must(runs.length === 1 || again > 0, `nothing happened to it, and ${runs.length} handlers ran`);
    must(last?.abortedAt === undefined, `nothing happened to it, and its handler was told ${last?.reason}`);
    if (last?.outcome === "returned") {
      must(outcome === "ok" || outcome === "left", "nothing happened to it, and it is not OK");
      if (streamsResponses(plan.kind) && stop === undefined)
        must(last.gave === plan.handler.responses.length, "responses are missing");
    }
    if (thrown.length > 0 && outcome !== "left") must(outcome === thrown[0], `the handler threw ${thrown[0]}`);
    if (thrown.length > 0 && outcome !== "left") judgeError(world, log, must);
  }
  judgeSeen(world, log, untouched, must);
  return wrong;
}

/** Whether the handler threw by itself, and not because it was told that the call is over. */
function handlerMeant({ plan, runs }: CallLog): boolean {
  return plan.handler.stop !== undefined && runs.some(({ outcome }) => outcome !== "returned");
}

/** Nothing happened but that nobody took connections for a while, and it waits for that. */
function waitsOnly({ plan, faults }: World, { waitForReady }: CallPlan): boolean {
  const { client, server } = plan.setup;
  // What fetch fails with does not tell whether there was a connection.
  if (
    !waitForReady ||
    plan.setup.http === "fetch" ||
    client.connectTimeoutMs !== undefined ||
    server.maxConnectionAgeGraceMs !== undefined
  )
    return false;
  return faults.incidents.every(({ fault }) => fault.kind === "refuse");
}

/** Nothing happened but drains, and none of them was at the end of its grace while the call ran: a handler that had begun was let end, and answered. */
function outlivesDrains(
  { faults, plan }: World,
  { runs, startedAt, settledAt = Number.POSITIVE_INFINITY }: CallLog,
): boolean {
  if (runs.length === 0 || plan.setup.interceptors.includes("again")) return false;
  return faults.incidents
    .filter(({ at }) => at <= settledAt)
    .every(({ at, fault }) => {
      if (fault.kind !== "drain") return false;
      const graceEnd = at + graceOf(fault);
      return settledAt < graceEnd || startedAt > graceEnd + 1000;
    });
}

function allowedCodes(world: World, log: CallLog, disturbed: boolean, elapsed: number, timeoutMs: number): Set<string> {
  const { setup } = world.plan;
  const { plan } = log;
  const codes = new Set<string>();
  const { server } = setup;
  const isLost = disturbed && !waitsOnly(world, plan) && !outlivesDrains(world, log);
  if (isLost || server.maxConnectionAgeGraceMs !== undefined) codes.add("unavailable");
  if (elapsed >= Math.min(timeoutMs, server.maxTimeoutMs ?? Number.POSITIVE_INFINITY) - 1)
    codes.add("deadline_exceeded");
  if (log.abortedAt !== undefined) codes.add("canceled");
  const { client } = setup;
  const limits = [
    setup.readMaxBytes,
    client.sendMaxBytes,
    server.sendMaxBytes,
    client.maxHeaderBytes,
    server.maxHeaderBytes,
    server.sendMaxHeaderBytes,
  ];
  if (limits.some((limit) => limit !== undefined) || plan.sender === "eager") codes.add("resource_exhausted");
  for (const { fault, streams, at } of world.faults.incidents) {
    if (at > (log.settledAt ?? 0)) continue;
    if (fault.kind === "reset by server" && streams.length > 0) {
      for (const code of ["canceled", "internal", "resource_exhausted"]) codes.add(code);
    }
    // A client that reads nothing because nothing reaches it: its stream ends (stalledWriterTimeoutMs), or its connection.
    if (fault.kind === "stall" || fault.kind === "jump") codes.add("resource_exhausted").add("unavailable");
    // A request that ends early is answered by Node, with 400.
    if (fault.kind === "client end" && setup.http === "1.1") codes.add("internal");
    // A request that does not go on is given up (requestIdleTimeoutMs).
    if (fault.kind === "stall" || fault.kind === "jump") codes.add("invalid_argument");
  }
  // HTTP status 431.
  if (server.maxHeaderBytes !== undefined) codes.add("unknown");
  // Callers that send slowly, or read slowly, past the time that they have.
  if (server.requestIdleTimeoutMs !== undefined) codes.add("invalid_argument");
  if (server.stalledWriterTimeoutMs !== undefined) codes.add("resource_exhausted").add("unavailable");
  const { requestStop } = plan;
  if (requestStop?.how.startsWith("throw") === true) {
    codes.add("internal").add("canceled").add("unknown");
    if (requestStop.code !== undefined) codes.add(requestStop.code);
  }
  return codes;
}

/** What a handler threw comes as it is if it was meant for the caller, and is told to the server alone if it was not. */
function judgeError(world: World, { plan, text, error }: CallLog, must: Must): void {
  const { stop, metadata } = plan.handler;
  const authored = stop?.how === "throw";
  must(text.includes("as planned") === authored, `it has another text: ${text}`);
  must(error?.isRemote === true, "the error of a handler counts as the caller's own");
  const { procedure } = specs[plan.kind];
  must(error?.procedure === procedure, `the error is one of ${error?.procedure}`);
  const end = error?.metadata.get("x-meta-end") ?? "";
  must(end.length === metadata, `its trailers have ${end.length} of ${metadata} characters`);
  if (authored) return;
  const told = world.reported.some((reason) => reason === undefined || String(reason).includes("as planned"));
  must(told, "onError was not told of it");
}

/** What interceptors saw fits to what the caller and the handler saw. */
function judgeSeen(world: World, log: CallLog, untouched: boolean, must: Must): void {
  const { setup } = world.plan;
  const { client, handler, outcome, received, runs, sent } = log;
  for (const side of ["client", "handler"] as const) {
    must(
      log[side].length === log.begun[side],
      `${log[side].length} of ${log.begun[side]} ${side} interceptors saw its end`,
    );
  }
  must(log.begun.handler >= runs.length * setup.handlerInterceptors.length, "a handler ran without its interceptors");
  if (outcome === "ok") must(client.length >= setup.interceptors.length, "it is OK, and not all interceptors ran");
  if (outcome === "ok") {
    for (const { status, stats } of client) {
      must(status === "ok", `a client interceptor saw ${status}`);
      must(
        stats.responseMessages === received.length,
        `a client interceptor counted ${stats.responseMessages} responses`,
      );
      if (readsAll(log))
        must(
          stats.requestMessages === sent,
          `a client interceptor counted ${stats.requestMessages} of ${sent} requests`,
        );
    }
  } else if (outcome !== "left")
    for (const { status } of client) must(status === outcome, `a client interceptor saw ${status}`);
  for (const { stats } of handler)
    must(stats.responseMessages > 0 || stats.responseBytes === 0, `${stats.responseBytes} bytes of no response`);
  if (!untouched || outcome === "left") return;
  for (const { status, stats } of handler) {
    must(status === outcome, `a handler interceptor saw ${status}`);
    must(
      stats.responseMessages === received.length,
      `a handler interceptor counted ${stats.responseMessages} responses`,
    );
    if (outcome === "ok") judgeStats(log, stats, client[0]?.stats, must);
  }
}

/** Both sides count the same, and at least the bytes that messages carry. */
function judgeStats(
  { plan, sent, received }: CallLog,
  handler: CallStats,
  client: CallStats | undefined,
  must: Must,
): void {
  const carried = (of: readonly MessagePlan[], count: number): number =>
    of.slice(0, count).reduce((sum, { size }) => sum + size, 0);
  const least = carried(plan.handler.responses, received.length);
  must(handler.responseBytes >= least, `${handler.responseBytes} bytes of responses were counted, of ${least} in them`);
  must(handler.responseBytes <= 2 * least + 200 * received.length, `${handler.responseBytes} bytes were counted`);
  if (client === undefined) return;
  const { responseBytes, requestBytes } = client;
  must(responseBytes === handler.responseBytes, `${responseBytes} and ${handler.responseBytes} bytes of responses`);
  if (handler.requestMessages !== sent) return;
  must(requestBytes === handler.requestBytes, `${requestBytes} and ${handler.requestBytes} bytes of requests`);
  must(requestBytes >= carried(plan.requests, sent), `${requestBytes} bytes of requests were counted`);
}
