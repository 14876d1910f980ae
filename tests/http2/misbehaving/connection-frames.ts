import type { Ends, Misbehaviour, Reply } from "./server.js";
import { frame, goaway, headers, ping, priority, rst, settings, u32, windowUpdate } from "./wire.js";

/** Says something before its answer. */
function first(
  server: string,
  make: (to: Reply) => Uint8Array,
  ends: Ends = "unavailable",
  next: "same" | "new" = "new",
): Misbehaviour {
  return { server, ends, next, reply: (to) => to.send(make(to), to.all) };
}

const harmless = (server: string, make: (to: Reply) => Uint8Array): Misbehaviour => first(server, make, "ok", "same");

export const connectionFrames: readonly Misbehaviour[] = [
  first("promises a push", (to) => frame(5, 4, to.id, [...u32(2), 0x82])),
  first("sends SETTINGS on a stream", (to) => frame(4, 0, to.id)),
  first("sends SETTINGS of 5 bytes", () => frame(4, 0, 0, [0, 1, 0, 0, 0])),
  first("acknowledges SETTINGS with a payload", () => frame(4, 1, 0, [0, 1, 0, 0, 0, 0])),
  first("allows pushes", () => settings(2, 1)),
  first("gives a setting for pushes that is none", () => settings(2, 2)),
  first("gives streams a window of 2 GiB", () => settings(4, 2 ** 31)),
  first("takes frames of 100 bytes", () => settings(5, 100)),
  first("takes frames of 16 MiB", () => settings(5, 2 ** 24)),
  first("sends SETTINGS with 100 entries", () => settings(...Array.from({ length: 200 }, () => 99))),
  first("sends a PING of 7 bytes", () => frame(6, 0, 0, new Uint8Array(7))),
  first("sends a PING on a stream", (to) => frame(6, 0, to.id, new Uint8Array(8))),
  first("sends a GOAWAY on a stream", (to) => frame(7, 0, to.id, u32(0, 0))),
  first("sends a GOAWAY of 4 bytes", () => frame(7, 0, 0, u32(0))),
  first("raises the last stream of its GOAWAY", (to) => Buffer.concat([goaway(to.id, 0), goaway(to.id + 2, 0)])),
  first("sends a WINDOW_UPDATE of 3 bytes", (to) => frame(8, 0, to.id, [0, 0, 1])),
  first("gives the connection credit of 0", () => windowUpdate(0, 0)),
  first("gives a stream credit of 0", (to) => windowUpdate(to.id, 0), "internal", "same"),
  first("gives the connection too much credit", () => windowUpdate(0, 0x7fff_ffff)),
  first(
    "gives a stream too much credit",
    (to) => Buffer.concat([windowUpdate(to.id, 0x7fff_ffff), windowUpdate(to.id, 0x7fff_ffff)]),
    "internal",
    "same",
  ),
  first("gives credit to a stream that was never opened", (to) => windowUpdate(to.id + 100, 1)),
  first("gives credit to a stream of its own", () => windowUpdate(2, 1)),
  first("resets stream 0", () => rst(0, 8)),
  first("resets with 3 bytes", (to) => frame(3, 0, to.id, [0, 0, 8])),
  first("resets a stream that was never opened", (to) => rst(to.id + 100, 8)),
  first("resets a stream of its own", () => rst(2, 8)),
  first("sends a PRIORITY on stream 0", () => priority(0, 1)),
  first("sends a PRIORITY of 4 bytes", (to) => frame(2, 0, to.id, u32(0)), "internal", "same"),
  first("lets a stream depend on itself", (to) => priority(to.id, to.id), "internal", "same"),
  first("sends a PRIORITY of 4 bytes for a stream that was never opened", (to) => frame(2, 0, to.id + 100, u32(0))),
  harmless("sends a PRIORITY", (to) => priority(to.id, 0)),
  harmless("sends a PRIORITY for a stream that was never opened", (to) => priority(to.id + 100, 0)),
  harmless("sends frames of unknown types", (to) =>
    Buffer.concat([frame(77, 255, 0, [1, 2, 3]), frame(10, 0, 0, [0, 0]), frame(12, 0, to.id)]),
  ),
  harmless("sets flags that mean nothing", (to) => headers(to.id, [":status", "103"], 0x52 & ~0x28)),
  harmless("sets the reserved bit", (to) => frame(8, 0, (to.id | 0x8000_0000) >>> 0, u32(0x8000_0001))),
  harmless("pings", () => ping),
  harmless("answers pings that were not sent", () => frame(6, 1, 0, new Uint8Array(8))),
  harmless("acknowledges SETTINGS twice", () => Buffer.concat([frame(4, 1, 0), frame(4, 1, 0)])),
  harmless("sends settings that do not exist", () => settings(0, 1, 99, 2 ** 32 - 1, 0xff, 0)),
  harmless("changes all its settings", () => settings(1, 0, 3, 1000, 4, 100_000, 5, 16_777_215, 6, 100_000)),
  harmless("has an HPACK table of 4 GiB", () => settings(1, 2 ** 32 - 1)),
  harmless("makes its HPACK table large and small", () =>
    Buffer.concat([settings(1, 0), settings(1, 65_536), settings(1, 0, 1, 4096)]),
  ),
  harmless("opens its window to the last byte", (to) =>
    Buffer.concat([settings(4, 0), windowUpdate(to.id, 1), settings(4, 0x7fff_0000)]),
  ),
];
