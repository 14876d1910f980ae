import { expect, test } from "@jest/globals";
import { RecordedStream, requestFields } from "../testing/http2-pair.js";
import { LongPath } from "../testing/long-path.js";

const MiB = 1_048_576;
const size = 64 * MiB;
const roundTripMs = 50;
/** 64 KiB and their prefixes: what is read at once is no even part of a window. */
const messageBytes = 65_545;

interface Shares {
  readonly whole: number;
  readonly secondHalf: number;
}

/** Reads whole messages. */
class MessageReader extends RecordedStream {
  unread = 0;

  constructor() {
    super();
    this.autoConsume = false;
  }

  override onData(bytes: Uint8Array): void {
    super.onData(bytes);
    this.unread += bytes.length;
    const whole = this.unread - (this.unread % messageBytes);
    this.unread -= whole;
    this.consumed(whole);
  }
}

/** What a stream of 64 MiB gets of one window in each round trip. A body is read as fast as 400 MB a second. */
function shares(window: number, direction: "download" | "upload"): Shares {
  const options = { maxStreamWindow: window, budget: 2 * window };
  const path = new LongPath(roundTripMs, 400_000, options, options);
  for (let i = 0; i < 3 * roundTripMs; i++) path.step();
  const begun = path.now;
  path.serverHost.onRequest = () => new MessageReader();
  const request = new MessageReader();
  path.client.request(request, requestFields, false);
  if (direction === "upload") request.sendEnd(new Uint8Array(size));
  const receiver = () => (direction === "upload" ? path.serverHost.streams[0] : request);
  let sent = direction === "upload";
  let halfAt = 0;
  while (!receiver()?.events.includes("end")) {
    path.step();
    const [stream] = path.serverHost.streams;
    if (!sent && stream !== undefined) {
      sent = true;
      stream.sendHead([":status", "200"]);
      stream.sendEnd(new Uint8Array(size));
    }
    if (halfAt === 0 && (receiver()?.bodyBytes ?? 0) >= size / 2) halfAt = path.now;
    expect(path.now - begun).toBeLessThan(60_000);
  }
  // The request's way is not the stream's.
  const before = direction === "upload" ? 0 : roundTripMs / 2;
  const idealMs = (size / window) * roundTripMs;
  return { whole: idealMs / (path.now - begun - before), secondHalf: idealMs / 2 / (path.now - halfAt) };
}

const directions = ["download", "upload"] as const;

test.each(directions)("a %s of 64 MiB gets nine tenths of a window in each round trip", (direction) => {
  expect(shares(MiB, direction).whole).toBeGreaterThan(0.9);
});

test.each(directions)("a %s through a larger window gets nine tenths of it once it has grown", (direction) => {
  const [two, eight] = [shares(2 * MiB, direction), shares(8 * MiB, direction)];
  expect(two.secondHalf).toBeGreaterThan(0.9);
  expect(eight.secondHalf).toBeGreaterThan(0.9);
  // It grows in a few round trips, of 32 and 8.
  expect(two.whole).toBeGreaterThan(0.85);
  expect(eight.whole).toBeGreaterThan(0.6);
});
