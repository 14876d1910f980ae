import { describe, expect, it } from "@jest/globals";
import { HeaderMap } from "../http/header-map.js";
import { addOutgoing, incoming, OutgoingHeaders } from "./raw-headers.js";

function outgoing(headers: HeaderMap): Record<string, unknown> {
  const target = new OutgoingHeaders();
  addOutgoing(target, headers);
  return { ...target };
}

describe("outgoing headers", () => {
  it("keep the values of a name that comes again", () => {
    const headers = new HeaderMap([
      ["x-one", "1"],
      ["x-many", "1"],
      ["x-many", "2"],
      ["x-many", "3"],
    ]);
    expect(outgoing(headers)).toEqual({ "x-one": "1", "x-many": ["1", "2", "3"] });
  });

  it("leave out what belongs to one HTTP/1.1 connection", () => {
    expect(outgoing(new HeaderMap({ connection: "close", "keep-alive": "1", upgrade: "h2c", "x-a": "b" }))).toEqual({
      "x-a": "b",
    });
  });

  it("take names that all objects have for names like others", () => {
    const names = ["__proto__", "constructor", "tostring", "hasownproperty"];
    const headers = new HeaderMap(names.map((name) => [name, "mine"] as const));
    expect(Object.entries(outgoing(headers))).toEqual(names.map((name) => [name, "mine"]));
    expect(Object.keys(new OutgoingHeaders())).toEqual([]);
    expect("toString" in new OutgoingHeaders()).toBe(false);
  });
});

describe("incoming headers", () => {
  it("are read from the object where the platform gives no raw list", () => {
    const headers = incoming(
      { ":status": "200", "x-a": "1", "set-cookie": ["a=1", "b=2"], "x-b": undefined },
      undefined,
    );
    expect(headers.list).toEqual(["x-a", "1", "set-cookie", "a=1", "set-cookie", "b=2"]);
  });

  it("keep the order and the repetitions of the raw list", () => {
    const raw = [":path", "/x", "b", "1", "a", "2", "b", "3"];
    expect(incoming({}, raw).list).toEqual(["b", "1", "a", "2", "b", "3"]);
  });
});
