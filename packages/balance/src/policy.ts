import type { TransportCall } from "@connect-ts/runtime/transport";
import type { Server } from "./server.js";

/**
 * Which server gets a call.
 *
 * - `"round_robin"`: each in turn.
 * - `"pick_first"`: all calls go to one, the first of the list that can take them.
 * - `"least_request"`: of two that are drawn at random, the one with fewer calls that run.
 * - `{ hash }`: calls with the same key go to the same server; when servers come or go, only the keys of those move. The
 *   function gives the key of a call; a call without one goes anywhere.
 */
export type BalancePolicy =
  | "round_robin"
  | "pick_first"
  | "least_request"
  | { readonly hash: (call: HashedCall) => string | undefined };

/** What a key can be made of. */
export type HashedCall = Pick<TransportCall, "spec" | "requestHeaders">;

/** Picks one of the servers that can take a call; there is one at least. */
export type Picker = (servers: readonly Server[], call: HashedCall) => Server;

/** @throws TypeError for a policy that is none */
export function pickerOf(policy: BalancePolicy, random: () => number): Picker {
  if (typeof policy === "object" && policy !== null && typeof policy.hash === "function") {
    return byHash(policy.hash, random);
  }
  switch (policy) {
    case "round_robin":
      return roundRobin;
    case "pick_first":
      return pickFirst();
    case "least_request":
      return leastRequest(random);
    default:
      throw new TypeError(
        `policy must be "round_robin", "pick_first", "least_request" or { hash }, and ${JSON.stringify(policy)} is none of them`,
      );
  }
}

/** Smooth weighted round robin: a server of weight 2 beside one of weight 1 gets every other call but one, not two in a row. */
function roundRobin(servers: readonly Server[]): Server {
  let best = servers[0] as Server;
  let total = 0;
  for (const server of servers) {
    server.turn += server.target.weight;
    total += server.target.weight;
    if (server.turn > best.turn) best = server;
  }
  best.turn -= total;
  return best;
}

function pickFirst(): Picker {
  let current: Server | undefined;
  return (servers) => {
    if (current === undefined || !servers.includes(current)) current = servers[0] as Server;
    return current;
  };
}

function leastRequest(random: () => number): Picker {
  return (servers) => {
    const one = Math.floor(random() * servers.length);
    // The second is another one than the first, where there are two.
    const step = 1 + Math.floor(random() * (servers.length - 1));
    const first = servers[one] as Server;
    const second = servers[(one + step) % servers.length] as Server;
    return load(second) < load(first) ? second : first;
  };
}

function load({ calls, target }: Server): number {
  return (calls + 1) / target.weight;
}

/** Rendezvous hashing: the server with the highest score for a key. No ring to keep, and weights count exactly. */
function byHash(keyOf: (call: HashedCall) => string | undefined, random: () => number): Picker {
  return (servers, call) => {
    const key = keyOf(call);
    const seed = key === undefined ? Math.floor(random() * 2 ** 32) : hash(2_166_136_261, key);
    let best = servers[0] as Server;
    let most = Number.NEGATIVE_INFINITY;
    for (const server of servers) {
      const drawn = (hash(seed, server.target.key) + 0.5) / 2 ** 32;
      const score = -server.target.weight / Math.log(drawn);
      if (score > most) {
        most = score;
        best = server;
      }
    }
    return best;
  };
}

/** FNV-1a, and the last steps of MurmurHash3, which spread it over all 32 bits. */
function hash(seed: number, text: string): number {
  let bits = seed;
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 16_777_619);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
