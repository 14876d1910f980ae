import type { Socket } from "node:net";
import type { Ends, Misbehaviour } from "./server.js";
import { frame, goaway, ping, settings, settingsAck, times } from "./wire.js";

function hello(
  server: string,
  bytes: Misbehaviour["hello"],
  ends: Ends = "unavailable",
  more: Partial<Misbehaviour> = {},
): Misbehaviour {
  return { server, ends, next: "new", hello: bytes as Buffer, ...more };
}

const fine = { next: "same" } as const;
/** It never gets to an answer: the call's deadline ends it. */
const late = { next: "new", timeoutMs: 100, mute: true } as const;

export const hellos: readonly Misbehaviour[] = [
  hello("speaks HTTP/1.1", Buffer.from("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")),
  hello("speaks TLS", Buffer.from([21, 3, 1, 0, 2, 2, 70])),
  hello("speaks SSH", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")),
  hello("sends zeros", Buffer.alloc(100_000)),
  hello("closes the connection at once", (socket: Socket) => socket.end()),
  hello("breaks the connection at once", (socket: Socket) => socket.resetAndDestroy()),
  hello("closes the connection after its SETTINGS", (socket: Socket) => socket.end(settings())),
  hello("closes the connection within its SETTINGS", (socket: Socket) => socket.end(settings(1, 4096).subarray(0, 12))),
  hello("begins with PING", Buffer.concat([ping, settings()])),
  hello("begins with an acknowledgement", Buffer.concat([settingsAck, settings()])),
  hello("begins with GOAWAY", goaway(0, 0)),
  hello("begins with an unknown frame", Buffer.concat([frame(77, 0, 0), settings()])),
  hello("begins with PUSH_PROMISE", frame(5, 4, 1, [0, 0, 0, 2])),
  hello("goes away with its SETTINGS", Buffer.concat([settings(), goaway(0, 0)])),
  hello("goes away with its SETTINGS, for an error", Buffer.concat([settings(), goaway(0, 11)])),
  hello("allows pushes in its SETTINGS", settings(2, 1)),
  hello("takes frames of 10 bytes in its SETTINGS", settings(5, 10)),
  hello("gives too large a window in its SETTINGS", settings(4, 2 ** 31)),
  hello("sends SETTINGS of 7 bytes", frame(4, 0, 0, new Uint8Array(7))),
  hello("takes header lists of 10 bytes", settings(6, 10), "resource_exhausted", {
    ...fine,
    remedy: settings(6, 10_000),
  }),
  hello(
    "sends its SETTINGS byte by byte",
    (socket: Socket) => {
      for (const byte of settings(4, 70_000)) socket.write(Buffer.from([byte]));
    },
    "ok",
    fine,
  ),
  hello(
    "sends 100 SETTINGS",
    times(100, () => settings(1, 4096)),
    "ok",
    fine,
  ),
  hello("has no HPACK table", settings(1, 0), "ok", fine),
  hello("says nothing", Buffer.alloc(0), "deadline_exceeded", late),
  hello("sends half of its SETTINGS", settings(1, 4096).subarray(0, 10), "deadline_exceeded", late),
  hello("allows no streams", settings(3, 0), "deadline_exceeded", {
    next: "same",
    timeoutMs: 100,
    remedy: settings(3, 100),
  }),
];
