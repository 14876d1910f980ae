import { expect, it } from "@jest/globals";
import { ConnectError } from "../error/connect-error.js";
import { HeaderMap } from "../http/header-map.js";
import { blockExcess, metadataExcess } from "./sent-metadata.js";

const limits = { sendMaxHeaderBytes: 100, sendMaxHeaderPairs: 100 };

/** One field of so many bytes, counted with its 32. */
const field = (bytes: number): HeaderMap => new HeaderMap([["x", "v".repeat(bytes - 33)]]);

it.each([
  [99, false],
  [100, false],
  [101, true],
])("%i bytes where 100 are allowed are too many: %s", (bytes, expected) => {
  expect(metadataExcess(limits, field(bytes), undefined, undefined) !== undefined).toBe(expected);
  expect(metadataExcess(limits, undefined, field(bytes), undefined) !== undefined).toBe(expected);
  const error = new ConnectError("aborted", "", { metadata: field(bytes) });
  expect(metadataExcess(limits, undefined, undefined, error) !== undefined).toBe(expected);
  expect(metadataExcess(limits, field(50), field(bytes - 50), undefined) !== undefined).toBe(expected);
});

it.each([
  [100, false],
  [101, true],
])("%i fields are too many: %s", (count, expected) => {
  const headers = new HeaderMap(Array.from({ length: count }, () => ["x", "1"] as const));
  expect(metadataExcess({ ...limits, sendMaxHeaderBytes: 1e6 }, headers, undefined, undefined) !== undefined).toBe(
    expected,
  );
});

it("the error that was to be sent is the cause of the one that is", () => {
  const error = new ConnectError("aborted", "", { metadata: field(200) });
  expect(metadataExcess(limits, undefined, undefined, error)?.cause).toBe(error);
});

it.each([
  [15_360, false],
  [15_361, true],
])("a head or trailers of %i bytes are too large: %s", (bytes, expected) => {
  const excess = blockExcess({ ...limits, sendMaxHeaderBytes: 8192 }, undefined, field(bytes), undefined);
  expect(excess !== undefined).toBe(expected);
});

it.each([
  [258, undefined],
  [
    259,
    'the response has 301 bytes of headers or trailers, and the client takes 300: the largest field, "x", has 259 bytes',
  ],
])("%i bytes with a status, where the client takes 300: %s", (bytes, expected) => {
  expect(blockExcess({ ...limits, sendMaxHeaderBytes: 8192 }, 300, field(bytes), undefined)?.rawMessage).toBe(expected);
});
