import { expect, it } from "@jest/globals";
import { ClientConnection } from "../http2/index.js";
import { headers, ping, rst, settings, settingsAck } from "../testing/http2-frames.js";
import { RecordedHost, RecordedStream, requestFields, responseFields } from "../testing/http2-pair.js";
import { frameLog, observerOf } from "./frame-log.js";

it("says in a line for each frame which way it went, and nothing of what is in it", () => {
  const lines: string[] = [];
  const connection = new ClientConnection(new RecordedHost(), {
    observer: observerOf("client 1", (line) => lines.push(line)),
  });
  connection.receive(settings());
  const stream = new RecordedStream();
  connection.request(stream, [...requestFields, "authorization", "a secret"]);
  connection.receive(settingsAck);
  stream.sendEnd(Uint8Array.of(1, 2, 3));
  connection.takeOutput();
  connection.receive(headers(1, [...responseFields, "set-cookie", "another secret"]));
  connection.receive(ping());
  connection.receive(rst(1, 8));
  expect(lines.join("\n")).not.toContain("secret");
  expect(lines.map((line) => line.replace(/\d+ bytes/, "n bytes"))).toEqual([
    "client 1 -> SETTINGS, n bytes",
    "client 1 -> WINDOW_UPDATE, n bytes",
    "client 1 <- SETTINGS, n bytes",
    "client 1 -> SETTINGS, n bytes, flags 0x1",
    "client 1 -> HEADERS of stream 1, n bytes, flags 0x4",
    "client 1 <- SETTINGS, n bytes, flags 0x1",
    "client 1 -> DATA of stream 1, n bytes",
    "client 1 -> DATA of stream 1, n bytes, flags 0x1",
    "client 1 <- HEADERS of stream 1, n bytes, flags 0x4",
    "client 1 <- PING, n bytes",
    "client 1 -> PING, n bytes, flags 0x1",
    "client 1 <- RST_STREAM of stream 1, n bytes",
    "client 1 stream 1 was reset with CANCEL by peer: the stream was reset with CANCEL",
  ]);
});

it("does not exist when nobody asked for it", () => {
  expect(frameLog("server")).toBeUndefined();
});
