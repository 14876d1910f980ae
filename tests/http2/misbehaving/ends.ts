import type { Ends, Misbehaviour, Reply } from "./server.js";
import { data, endStream, envelope, goaway, headers, rst } from "./wire.js";

const names = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];
/** The codes of gRPC over HTTP/2, which are those of Connect too. */
const codes: Readonly<Record<string, Ends>> = {
  REFUSED_STREAM: "unavailable",
  CANCEL: "canceled",
  ENHANCE_YOUR_CALM: "resource_exhausted",
  INADEQUATE_SECURITY: "permission_denied",
};

function end(
  server: string,
  reply: (to: Reply) => void,
  ends: Ends = "unavailable",
  next: "same" | "new" = "new",
  timeoutMs?: number,
): Misbehaviour {
  return { server, ends, next, reply, ...(timeoutMs === undefined ? undefined : { timeoutMs }) };
}

/** The connection ends by the server's FIN, or by its RST. */
const fin = (to: Reply): unknown => to.socket.end();
const break_ = (to: Reply): unknown => setTimeout(() => to.socket.resetAndDestroy(), 5);
const cuts: readonly [string, (to: Reply) => readonly Uint8Array[]][] = [
  ["before its head", () => []],
  ["after its head", (to) => [to.head()]],
  ["in the middle of a frame", (to) => [to.head(), data(to.id, [0, 0, 0, 0, 1]).subarray(0, 11)]],
  ["in the middle of a message", (to) => [to.head(), data(to.id, [0, 0, 0, 0, 9, 8])]],
  ["after its message", (to) => [to.head(), to.message]],
];

export const ends: readonly Misbehaviour[] = [
  ...names.map((name, code) =>
    end(`resets with ${name}`, (to) => to.send(rst(to.id, code)), codes[name] ?? "internal", "same"),
  ),
  end("resets with a code that does not exist", (to) => to.send(rst(to.id, 0xdead_beef)), "internal", "same"),
  end("resets after its head", (to) => to.send(to.head(), rst(to.id, 2)), "internal", "same"),
  end(
    "resets in the middle of a message",
    (to) => to.send(to.head(), data(to.id, [0, 0]), rst(to.id, 2)),
    "internal",
    "same",
  ),
  end("refuses after its head", (to) => to.send(to.head(), rst(to.id, 7)), "unavailable", "same"),
  end("resets after its message", (to) => to.send(to.head(), to.message, rst(to.id, 8)), "canceled", "same"),
  end("resets without an error after its end", (to) => to.send(to.all, rst(to.id, 0)), "ok", "same"),
  end("resets with an error after its end", (to) => to.send(to.all, rst(to.id, 2)), "ok", "same"),
  end("refuses once", (to) => to.send(to.count === 0 ? rst(to.id, 7) : to.all), "ok", "same"),
  ...cuts.map(([when, make]) =>
    end(`closes the connection ${when}`, (to) => {
      to.send(...make(to));
      fin(to);
    }),
  ),
  ...cuts.map(([when, make]) =>
    end(`breaks the connection ${when}`, (to) => {
      to.send(...make(to));
      break_(to);
    }),
  ),
  end(
    "closes the connection after its end",
    (to) => {
      to.send(to.all);
      fin(to);
    },
    "ok",
  ),
  end(
    "goes away and has processed nothing, once",
    (to) => {
      if (to.count > 0) to.send(to.all);
      else {
        to.send(goaway(0, 0));
        fin(to);
      }
    },
    "ok",
    "same",
  ),
  end("goes away and has processed nothing, again and again", (to) => {
    to.send(goaway(0, 0));
    fin(to);
  }),
  end("goes away, and answers", (to) => to.send(goaway(to.id, 0), to.all), "ok"),
  end("goes away in two steps, and answers", (to) => to.send(goaway(0x7fff_ffff, 0), goaway(to.id, 0), to.all), "ok"),
  end("goes away, and closes the connection without an answer", (to) => {
    to.send(goaway(to.id, 0));
    fin(to);
  }),
  end("goes away for an error, and answers", (to) => to.send(goaway(to.id, 2), to.all), "ok"),
  end("goes away for an error, and closes the connection", (to) => {
    to.send(goaway(to.id, 1));
    fin(to);
  }),
  end("goes away because of too many pings", (to) => {
    to.send(goaway(to.id, 11));
    fin(to);
  }),
  end("goes away, and says nothing more", (to) => to.send(goaway(to.id, 0)), "deadline_exceeded", "new", 100),
  end("never answers", () => undefined, "deadline_exceeded", "same", 100),
  end("sends its head, and nothing more", (to) => to.send(to.head()), "deadline_exceeded", "same", 100),
  end(
    "sends its message, and no end",
    (to) => to.send(to.head(), to.message),
    { grpc: "deadline_exceeded", connect: "deadline_exceeded" },
    "same",
    100,
  ),
  end("answers after the deadline", (to) => setTimeout(() => to.send(to.all), 150), "deadline_exceeded", "same", 100),
  end("ends a call twice", (to) => to.send(to.all, to.end), "ok", "same"),
  end(
    "ends with an error in its head",
    (to) => to.send(headers(to.id, to.fields("grpc-status", "9", "grpc-message", "no"), endStream)),
    { grpc: "failed_precondition", connect: "ok", connectStream: "internal" },
    "same",
  ),
  end(
    "ends its stream of messages twice",
    (to) =>
      to.send(
        to.head(),
        to.message,
        ...(to.kind === "connectStream" ? [data(to.id, envelope(Buffer.from("{}"), 2))] : []),
        to.end,
      ),
    { grpc: "ok", connect: "ok", connectStream: "internal" },
    "same",
  ),
];
