import { create, createRegistry } from "@bufbuild/protobuf";
import { DurationSchema, StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it, jest } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { esCodec } from "../message/es-codec.js";
import { ConnectError } from "./connect-error.js";

describe("ConnectError", () => {
  it("has a code and a message", () => {
    const error = new ConnectError("not_found", "no such eliza");
    expect(error.code).toBe("not_found");
    expect(error.message).toBe("[not_found] no such eliza");
    expect(error.rawMessage).toBe("no such eliza");
    expect(error.name).toBe("ConnectError");
    expect(String(error)).toBe("ConnectError: [not_found] no such eliza");
    expect(error.isRemote).toBe(false);
    expect(error.details).toEqual([]);
    expect([...error.metadata]).toEqual([]);
    expect("cause" in error).toBe(false);
    expect(new ConnectError("aborted").message).toBe("[aborted]");
  });

  it("is an Error with a stack", () => {
    const error: Error = new ConnectError("internal", "x");
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain("connect-error.test");
  });

  it("takes metadata as pairs, an object or a HeaderMap", () => {
    expect(new ConnectError("aborted", "", { metadata: [["a", "1"]] }).metadata.get("a")).toBe("1");
    expect(new ConnectError("aborted", "", { metadata: { A: "1" } }).metadata.get("a")).toBe("1");
    const map = new HeaderMap({ a: "1" });
    expect(new ConnectError("aborted", "", { metadata: map }).metadata.get("a")).toBe("1");
  });

  it("with details that were added passes JSON and structured clones, and is made again of its parts", () => {
    const error = new ConnectError("unavailable", "later", { metadata: { "retry-after": "1" } });
    error.addDetail(DurationSchema, { seconds: 30n }).addDetail(esCodec(StringValueSchema), { value: "x" });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "unavailable", rawMessage: "later" });
    const { code, rawMessage, details, metadata } = error;
    const copy = structuredClone({ code, rawMessage, details, metadata: [...metadata] });
    const again = new ConnectError(copy.code, copy.rawMessage, copy);
    expect(again.findDetails(DurationSchema)).toMatchObject([{ seconds: 30n }]);
    expect(again.metadata.get("retry-after")).toBe("1");
    expect(again.message).toBe(error.message);
  });

  it("keeps its cause", () => {
    const cause = new Error("disk");
    expect(new ConnectError("internal", "x", { cause }).cause).toBe(cause);
  });

  it("is recognised by instanceof across copies of the package", async () => {
    jest.resetModules();
    const copy = await import("./connect-error.js");
    expect(copy.ConnectError).not.toBe(ConnectError);
    const theirs = new copy.ConnectError("not_found", "x");
    expect(Object.getPrototypeOf(theirs)).not.toBe(ConnectError.prototype);
    expect(theirs instanceof ConnectError).toBe(true);
    expect(new ConnectError("not_found") instanceof copy.ConnectError).toBe(true);
    expect(ConnectError.from(theirs)).toBe(theirs);
  });

  it("does not take other things for its instances", () => {
    const others = [undefined, null, "x", new Error("x"), { code: "not_found" }, () => {}, Object.create(null)];
    for (const other of others) expect(other instanceof ConnectError).toBe(false);
  });

  it("lets a subclass have its own instances", () => {
    class QuotaError extends ConnectError {}
    const quota = new QuotaError("resource_exhausted", "x");
    expect(quota instanceof QuotaError).toBe(true);
    expect(quota instanceof ConnectError).toBe(true);
    expect(new ConnectError("resource_exhausted") instanceof QuotaError).toBe(false);
  });
});

describe("ConnectError.from", () => {
  it("returns a ConnectError as it is", () => {
    const error = ConnectError.remote("not_found");
    expect(ConnectError.from(error, "internal")).toBe(error);
  });

  it.each([
    ["AbortError", "canceled"],
    ["TimeoutError", "deadline_exceeded"],
    ["TypeError", "unknown"],
  ])("makes an %s %s, by its name and not by its class", (name, code) => {
    for (const reason of [new DOMException("why", name), { name, message: "why" }]) {
      const error = ConnectError.from(reason);
      expect([error.code, error.rawMessage, error.cause]).toEqual([code, "why", reason]);
    }
  });

  it("makes anything else the code that is asked for, with the thrown value as the cause", () => {
    const reason = new Error("disk");
    expect(ConnectError.from(reason).code).toBe("unknown");
    const error = ConnectError.from(reason, "internal");
    expect([error.code, error.rawMessage, error.cause]).toEqual(["internal", "disk", reason]);
    expect(ConnectError.from("text").rawMessage).toBe("text");
    expect(ConnectError.from({ name: "x" }).rawMessage).toBe("");
  });

  it.each([undefined, null, 1, Symbol("x"), Object.create(null), { name: 1, message: Object.create(null) }, []])(
    "takes whatever can be thrown",
    (reason) => {
      expect(ConnectError.from(reason)).toBeInstanceOf(ConnectError);
    },
  );
});

describe("what throws in its turn when it is looked at", () => {
  const thrower = (): never => {
    throw new RangeError("looked at");
  };
  const proxy = new Proxy({}, { get: thrower, has: thrower, getPrototypeOf: thrower, ownKeys: thrower });
  const getters = Object.defineProperties({}, { name: { get: thrower }, message: { get: thrower } });

  it.each([
    ["a proxy", proxy],
    ["an object with getters", getters],
  ])("is a reason like any other: %s", (_name, reason) => {
    expect(reason instanceof ConnectError).toBe(false);
    const error = ConnectError.from(reason, "internal");
    expect(error.code).toBe("internal");
    expect(error.cause === reason).toBe(true);
  });

  it.each([
    [undefined, "undefined was thrown"],
    [null, "null was thrown"],
    [0, "0 was thrown"],
    ["", '"" was thrown'],
    ["text", "text"],
  ])("says what was thrown when it is no error: %p", (reason, text) => {
    expect(ConnectError.from(reason).rawMessage).toBe(text);
  });
});

describe("ConnectError.remote", () => {
  it("makes an error as if it had come over the wire", () => {
    const error = ConnectError.remote("not_found", "x", { metadata: { a: "1" } });
    expect([error.isRemote, error.code, error.rawMessage, error.metadata.get("a")]).toEqual([
      true,
      "not_found",
      "x",
      "1",
    ]);
  });
});

describe("details of a ConnectError", () => {
  it("are added as messages and found by their type", () => {
    const error = new ConnectError("failed_precondition")
      .addDetail(DurationSchema, { seconds: 1n })
      .addDetail(StringValueSchema, { value: "x" })
      .addDetail(DurationSchema, { seconds: 2n });
    expect(error.details.map((detail) => detail.type)).toEqual([
      "google.protobuf.Duration",
      "google.protobuf.StringValue",
      "google.protobuf.Duration",
    ]);
    expect(error.details[0]?.value).toEqual(new Uint8Array([8, 1]));
    expect(error.findDetails(DurationSchema).map((duration) => duration.seconds)).toEqual([1n, 2n]);
    expect(error.findDetails(TimestampSchema)).toEqual([]);
  });

  it("are found by a registry, all types that it knows", () => {
    const error = new ConnectError("failed_precondition")
      .addDetail(DurationSchema, { seconds: 1n })
      .addDetail(TimestampSchema, {})
      .addDetail(StringValueSchema, { value: "x" });
    const found = error.findDetails(createRegistry(DurationSchema, StringValueSchema));
    expect(found.map((message) => message.$typeName)).toEqual([
      "google.protobuf.Duration",
      "google.protobuf.StringValue",
    ]);
  });

  it("are added and found by codecs", () => {
    const duration = esCodec(DurationSchema);
    const error = new ConnectError("aborted").addDetail(duration, { seconds: 4n });
    expect(error.details[0]?.value).toEqual(new Uint8Array([8, 4]));
    expect(error.findDetails(duration)).toEqual([create(DurationSchema, { seconds: 4n })]);
    expect(error.findDetails(esCodec(TimestampSchema))).toEqual([]);
  });

  it("that do not decode are left out", () => {
    const error = ConnectError.remote("aborted", "", {
      details: [
        { type: "google.protobuf.Duration", value: new Uint8Array([0xff]) },
        { type: "google.protobuf.Duration", value: new Uint8Array([8, 3]), debug: { any: "thing" } },
      ],
    });
    expect(error.findDetails(DurationSchema).map((duration) => duration.seconds)).toEqual([3n]);
  });

  it("given to the constructor are not shared with it", () => {
    const details = [{ type: "x.Y", value: new Uint8Array() }];
    const error = new ConnectError("aborted", "", { details });
    error.addDetail(DurationSchema, {});
    expect(details).toHaveLength(1);
    expect(error.details).toHaveLength(2);
  });
});
