// Fuzzes HPACK against Go's and Python's.
//   pnpm fuzz:hpack [--blocks N] [--seed S] [--peers go,python] [--session N]
// N blocks for each peer and each of three runs: what we encode, they decode; what they encode, we decode; and of any
// bytes both say the same. A failure names its session, which --session runs alone.
import { parseArgs } from "node:util";
import { argued } from "./differences.mjs";
import { Blocks, isNever, Lists, neverIndexed, Random, tableSize } from "./generate.mjs";
import { ours, peers } from "./setup.mjs";
import { isList, Peer, Queue, readList } from "./wire.mjs";

const { values } = parseArgs({
  options: {
    blocks: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    peers: { type: "string", default: "go,python" },
    session: { type: "string" },
  },
});
const wanted = Number(values.blocks);
const seed = Number(values.seed);
const only = values.session === undefined ? undefined : Number(values.session);
const { HpackDecoder, HpackEncoder, ByteSink, huffmanEncode, layOut } = await ours();
const largestTable = 65536;
const unlimited = { maxListBytes: 2 ** 40, maxPairs: 2 ** 30 };

const parts = [];
for (const name of values.peers.split(",")) {
  const program = peers[name]();
  for (const campaign of [weEncode, theyEncode, anyBytes]) {
    const started = performance.now();
    const run = { name, blocks: 0, accepted: 0, differences: new Map() };
    const peer = await campaign(run, program);
    await peer.end();
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${name.padEnd(6)} ${campaign.name.padEnd(10)} seed ${seed}: ${run.blocks} blocks, ${run.accepted} accepted, ` +
        `${seconds.toFixed(1)} s, ${Math.round(run.blocks / seconds)} a second`,
    );
    for (const [reason, count] of run.differences) console.log(`       ${String(count).padStart(8)} times: ${reason}`);
    parts.push(`${name} ${campaign.name} ${run.blocks} blocks in ${seconds.toFixed(0)} s`);
  }
}
console.log(`fuzz:hpack: ${parts.join(", ")}, seed ${seed}, no fault`);

/** Our encoder, while their decoder announces sizes. */
async function weEncode(run, program) {
  const sent = new Queue();
  const peer = new Peer(program, (kind, payload) => {
    const { session, fields, block } = sent.next();
    const right = kind === "L" && isList(payload, fields, isNever);
    if (!right) fail(run, "weEncode", session, { fields, block, theirs: described(kind, payload) });
    run.accepted++;
  });
  const out = new ByteSink(1 << 16);
  await sessions(peer, (session, random) => {
    const before = run.blocks;
    let announced = tableSize(random, largestTable);
    const encoder = new HpackEncoder({ maxTableBytes: tableSize(random, largestTable), neverIndexed });
    encoder.setPeerTableBytes(announced);
    peer.size("R", announced);
    const lists = new Lists(random, Math.min(announced, 4096));
    for (let i = random.below(100); i >= 0; i--) {
      for (let changes = random.chance(6) ? random.below(4) : 0; changes > 0; changes--) {
        announced = tableSize(random, largestTable);
        encoder.setPeerTableBytes(announced);
        peer.size("A", announced);
      }
      const fields = lists.next();
      out.length = 0;
      encoder.encode(fields, out);
      peer.block(out.buffer, 0, out.length);
      sent.add({ session, fields, block: only === undefined ? undefined : hexOf(out.buffer.subarray(0, out.length)) });
      run.blocks++;
    }
    return run.blocks - before;
  });
  return peer;
}

/** Their encoder, while we announce sizes. */
async function theyEncode(run, program) {
  const sent = new Queue();
  let decoder;
  const peer = new Peer(program, (kind, payload) => {
    const { session, fields, maxTableBytes } = sent.next();
    if (maxTableBytes !== undefined) decoder = new HpackDecoder({ ...unlimited, maxTableBytes });
    const result = kind === "B" ? decode(decoder, payload) : { error: described(kind, payload) };
    const right = result.error === undefined && isSame(result.fields, fields) && result.size === sizeOf(fields);
    if (!right) fail(run, "theyEncode", session, { fields, block: hexOf(payload), ours: result });
    run.accepted++;
  });
  await sessions(peer, (session, random) => {
    const before = run.blocks;
    let maxTableBytes = random.pick([0, 100, 4096, largestTable]);
    const lists = new Lists(random, Math.min(maxTableBytes, 4096));
    let current = 4096;
    peer.size("R", 4096);
    const announce = (bytes) => {
      // Python's encoder forgets that it has a size to tell when it is set to the same one again.
      if (bytes !== current) peer.size("T", bytes);
      current = bytes;
    };
    const most = maxTableBytes;
    announce(most);
    for (let i = random.below(100); i >= 0; i--) {
      if (random.chance(6)) announce(tableSize(random, most));
      const fields = lists.next();
      peer.list(fields, isNever, random.chance(80));
      sent.add({ session, fields, maxTableBytes });
      maxTableBytes = undefined;
      run.blocks++;
      // Python's encoder tells each change: no more than the two that are allowed come before the next block.
      if (random.chance(2)) for (let n = 0; n < 2; n++) announce(tableSize(random, most));
      else continue;
      const more = lists.next();
      peer.list(more, isNever, true);
      sent.add({ session, fields: more, maxTableBytes });
      run.blocks++;
    }
    return run.blocks - before;
  });
  return peer;
}

/** Blocks that are often illegal: accepted by both or by none, and as the same list. */
async function anyBytes(run, program) {
  const sent = new Queue();
  let ended;
  const peer = new Peer(program, (kind, payload) => {
    const { session, block, result } = sent.next();
    if (session === ended) return;
    run.blocks++;
    const theyAccept = kind === "L";
    if (theyAccept && result.error === undefined) {
      run.accepted++;
      if (isList(payload, result.fields)) return;
    } else {
      ended = session;
      if (!theyAccept && result.error !== undefined) return;
      const reason = argued(run.name, block, result.error, theyAccept ? undefined : String(payload));
      if (reason !== undefined) {
        run.differences.set(reason, (run.differences.get(reason) ?? 0) + 1);
        return;
      }
    }
    fail(run, "anyBytes", session, { block: hexOf(block), ours: result, theirs: described(kind, payload) });
  });
  const out = new ByteSink(1 << 16);
  const huffmanOf = (characters) => {
    const bytes = new Uint8Array(characters.length);
    const encoded = new Uint8Array(layOut(characters, bytes));
    huffmanEncode(bytes, bytes.length, encoded, 0);
    return encoded;
  };
  await sessions(peer, (session, random) => {
    const maxTableBytes = random.pick([4096, largestTable]);
    const encoder = new HpackEncoder({ maxTableBytes, neverIndexed });
    const decoder = new HpackDecoder({ ...unlimited, maxTableBytes });
    const limits = { maxTableBytes, maxListBytes: random.below(400), maxPairs: random.below(6) };
    const limited = new HpackDecoder(limits);
    const lists = new Lists(random, 200);
    const blocks = new Blocks(random, huffmanOf);
    peer.size("R", maxTableBytes);
    let count = 0;
    for (let left = random.below(30); left >= 0; left--) {
      count++;
      out.length = 0;
      encoder.encode(lists.next(), out);
      const block = blocks.next(Buffer.from(out.buffer.subarray(0, out.length)));
      peer.block(block, 0, block.length);
      const result = decode(decoder, block);
      sent.add({ session, block, result });
      const problem = unlike(result, decode(limited, block), limits, decoder.table, limited.table);
      if (problem !== undefined)
        fail(run, "anyBytes", session, { block: hexOf(block), ours: result, limited: problem });
      if (result.error !== undefined) break;
    }
    return count;
  });
  return peer;
}

/** What a decoder with low limits does otherwise than one without, and should not. */
function unlike(result, other, limits, table, otherTable) {
  if (result.error !== other.error) return `${result.error} with no limits, ${other.error} with limits`;
  if (result.error !== undefined) return undefined;
  if (table.length !== otherTable.length || table.bytes !== otherTable.bytes) return "another table";
  if (result.size !== other.size) return "another size";
  const fits = result.size <= limits.maxListBytes && result.fields.length <= 2 * limits.maxPairs;
  if (fits !== (other.tooLarge === undefined)) return `${result.size} bytes are ${other.tooLarge ?? "not too large"}`;
  return isSame(result.fields.slice(0, other.fields.length), other.fields) ? undefined : "another list";
}

/** One connection after the other until there are enough blocks; `session` sends those of one and says how many. */
async function sessions(peer, session) {
  if (only !== undefined) return session(only, new Random(only));
  let sentBlocks = 0;
  for (let number = seed * 1_000_003; sentBlocks < wanted; number++) {
    sentBlocks += session(number, new Random(number));
    await peer.drained();
  }
}

function decode(decoder, block) {
  try {
    return decoder.decode(block, 0, block.length);
  } catch (error) {
    if (error.name === "HpackError") return { error: error.message };
    throw error;
  }
}

function isSame(fields, expected) {
  return fields.length === expected.length && fields.every((text, i) => text === expected[i]);
}

function sizeOf(fields) {
  return fields.reduce((sum, text) => sum + text.length + 16, 0);
}

function hexOf(block) {
  return Buffer.from(block).toString("hex");
}

function described(kind, payload) {
  return kind === "L" ? readList(payload) : String(payload);
}

function fail(run, campaign, session, what) {
  console.error(`${run.name}, ${campaign}, session ${session}:`);
  console.error(JSON.stringify(what, undefined, 1));
  console.error(`again: pnpm fuzz:hpack --peers ${run.name} --session ${session}`);
  process.exit(1);
}
