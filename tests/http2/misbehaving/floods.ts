import type { Ends, Misbehaviour, Reply } from "./server.js";
import { data, frame, goaway, headers, ping, priority, rst, settings, times, windowUpdate } from "./wire.js";

/** Sends something many times before its answer. */
function flood(
  server: string,
  n: number,
  make: (to: Reply, i: number) => Buffer,
  ends: Ends = "unavailable",
  next: "same" | "new" = "new",
): Misbehaviour {
  return {
    server,
    ends,
    next,
    reply: (to) =>
      to.send(
        times(n, (i) => make(to, i)),
        to.all,
      ),
  };
}

export const floods: readonly Misbehaviour[] = [
  flood("sends 3,000 PING", 3000, () => ping),
  flood("sends 500 PING", 500, () => ping, "ok", "same"),
  flood("answers 3,000 PING that were not sent", 3000, () => frame(6, 1, 0, new Uint8Array(8))),
  flood("sends 500 SETTINGS", 500, () => settings()),
  flood("changes its HPACK table 500 times", 500, (_, i) => settings(1, i % 2 === 0 ? 0 : 4096)),
  flood("changes its windows 500 times", 500, (_, i) => settings(4, i % 2 === 0 ? 0 : 65_535)),
  flood("sends 10,000 WINDOW_UPDATE", 10_000, () => windowUpdate(0, 1)),
  flood("sends 1,500 PRIORITY", 1500, (to) => priority(to.id, 0)),
  flood("sends 1,500 frames of unknown types", 1500, () => frame(99, 0, 0, [1])),
  flood("sends 100 GOAWAY", 100, () => goaway(0x7fff_ffff, 0)),
  flood("sends 1,500 empty DATA frames", 1500, (to, i) => (i === 0 ? to.head() : data(to.id, []))),
  flood("sends 1,500 DATA frames of padding", 1500, (to, i) =>
    i === 0 ? to.head() : frame(0, 8, to.id, [10, ...new Uint8Array(10)]),
  ),
  flood("resets a stream 5,000 times", 5000, (to) => rst(to.id, 7)),
  flood(
    "sends 5,000 heads for a stream that is over",
    5000,
    (to, i) => (i === 0 ? to.all : headers(to.id, [":status", "200"])),
    "ok",
  ),
  flood(
    "sends 5,000 DATA frames for a stream that is over",
    5000,
    (to, i) => (i === 0 ? to.all : data(to.id, [1])),
    "ok",
  ),
];
