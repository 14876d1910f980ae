import { describe, expect, test } from "@jest/globals";
import { FieldRules, Head, listBytes } from "./head.js";

const get = [":method", "GET", ":scheme", "https", ":path", "/"] as const;
const rules = (strict = false): FieldRules => new FieldRules(strict);

describe("the head of a request", () => {
  test("is read into its parts", () => {
    const head = rules().request([
      ...get,
      ":authority",
      "a.example:1",
      "content-length",
      "12",
      "expect",
      "100-continue",
    ]);
    expect(head).toMatchObject({
      method: "GET",
      scheme: "https",
      path: "/",
      authority: "a.example:1",
      status: 0,
      contentLength: 12,
      expectsContinue: true,
      headers: ["content-length", "12", "expect", "100-continue"],
    });
  });

  test("has its authority from host when there is no :authority", () => {
    expect(rules().request([...get, "host", "a"])).toMatchObject({ authority: "a" });
    expect(rules().request([...get, ":authority", "a", "host", "a"])).toMatchObject({ authority: "a" });
  });

  test("is the same object for the same list", () => {
    const checker = rules();
    const fields = [...get];
    expect(checker.request(fields)).toBe(checker.request(fields));
  });

  test.each<[string, readonly string[]]>([
    ["no :method", [":scheme", "https", ":path", "/"]],
    ["no :scheme", [":method", "GET", ":path", "/"]],
    ["no :path", [":method", "GET", ":scheme", "https"]],
    [":method twice", [...get, ":method", "GET"]],
    [":scheme twice", [...get, ":scheme", "https"]],
    [":path twice", [...get, ":path", "/"]],
    [":authority twice", [...get, ":authority", "a", ":authority", "a"]],
    [":status in a request", [...get, ":status", "200"]],
    ["an unknown pseudo-header field", [...get, ":protocol", "websocket"]],
    ["a pseudo-header field after others", [...get, "a", "b", ":authority", "a"]],
    ["a :method that is not a token", [":method", "G T", ":scheme", "https", ":path", "/"]],
    ["an invalid :scheme", [":method", "GET", ":scheme", "ht tp", ":path", "/"]],
    ["an invalid :path", [":method", "GET", ":scheme", "https", ":path", ""]],
    ["an invalid :path", [":method", "GET", ":scheme", "https", ":path", "a"]],
    ["an invalid :path", [":method", "GET", ":scheme", "https", ":path", "/a b"]],
    ["an invalid :path", [":method", "GET", ":scheme", "https", ":path", "http://a/"]],
    ["an invalid :authority", [...get, ":authority", "user@a"]],
    ["an invalid :authority", [...get, ":authority", "a b"]],
    ["host is not :authority", [...get, ":authority", "a", "host", "b"]],
    ["two different host fields", [...get, "host", "a", "host", "b"]],
    ["an invalid host", [...get, "host", "a b"]],
    ["a field name that is not a token in lower case", [...get, "A", "b"]],
    ["a field name that is not a token in lower case", [...get, "a b", "b"]],
    ["a field name that is not a token in lower case", [...get, "", "b"]],
    ["a field name that is not a token in lower case", [...get, "a:", "b"]],
    ["a field name that is not a token in lower case", [...get, "é", "b"]],
    ["a character in the value of a that HTTP does not allow", [...get, "a", "b\r\nc: d"]],
    ["a character in the value of a that HTTP does not allow", [...get, "a", "b\0"]],
    ["a character in the value of a that HTTP does not allow", [...get, "a", "b\u007f"]],
    ["the field connection, which belongs to HTTP/1.1", [...get, "connection", "close"]],
    ["the field proxy-connection, which belongs to HTTP/1.1", [...get, "proxy-connection", "close"]],
    ["the field keep-alive, which belongs to HTTP/1.1", [...get, "keep-alive", "1"]],
    ["the field transfer-encoding, which belongs to HTTP/1.1", [...get, "transfer-encoding", "chunked"]],
    ["the field upgrade, which belongs to HTTP/1.1", [...get, "upgrade", "h2c"]],
    ["a te field other than trailers", [...get, "te", "gzip"]],
    ["a content-length that is not a number", [...get, "content-length", "+1"]],
    ["a content-length that is not a number", [...get, "content-length", "1,1"]],
    ["a content-length that is not a number", [...get, "content-length", "9999999999999999"]],
    ["two different content-length fields", [...get, "content-length", "1", "content-length", "2"]],
  ])("is refused for %s", (wrong, fields) => {
    expect(rules().request(fields)).toBe(wrong);
  });

  test.each<readonly string[]>([
    [":method", "OPTIONS", ":scheme", "https", ":path", "*"],
    [":method", "CONNECT", ":authority", "a:1"],
    [...get, "te", "trailers"],
    [...get, "te", "Trailers"],
    [...get, "content-length", "1", "content-length", "1"],
    [...get, "a", "tab\there", "b", "\u0080\u00ff", "c", ""],
    [...get, ":authority", "[::1]:80"],
  ])("is taken: %s %s %s %s", (...fields) => {
    expect(rules().request(fields)).toBeInstanceOf(Head);
  });
});

describe("values with spaces around them", () => {
  const fields = [...get, "a", " b\t", "c", "d e"];

  test("are trimmed, because peers in use send them", () => {
    expect((rules().request(fields) as Head).headers).toEqual(["a", "b", "c", "d e"]);
  });

  test("are trimmed each time, also where the list was seen before", () => {
    const checker = rules();
    checker.request([...get, "a", "b"]);
    expect((checker.request([...get, "a", " b"]) as Head).headers).toEqual(["a", "b"]);
    expect((checker.request([...get, "a", " b"]) as Head).headers).toEqual(["a", "b"]);
  });

  test("are refused when asked to be strict", () => {
    expect(rules(true).request(fields)).toBe("spaces around the value of a");
  });
});

test("what passed once is looked at again where it stands at another place", () => {
  const checker = rules();
  expect(checker.check(["a", "b", "c", "d"])).toEqual(["a", "b", "c", "d"]);
  expect(checker.check(["a", "b", "c", "\n"])).toBe("a character in the value of c that HTTP does not allow");
  expect(checker.check(["A", "b", "c", "d"])).toBe("a field name that is not a token in lower case");
});

test("trailers have no pseudo-header fields", () => {
  expect(rules().trailers([":status", "200"])).toEqual({ wrong: "a pseudo-header field in trailers" });
  expect(rules().trailers(["a", "\n"])).toEqual({ wrong: "a character in the value of a that HTTP does not allow" });
  expect(rules().trailers(["grpc-status", "0"])).toEqual(["grpc-status", "0"]);
});

test("a list weighs its names, its values and 32 for each field", () => {
  expect(listBytes(["ab", "cde", "f", ""])).toBe(70);
});

test("a list that was changed after it passed is looked at again", () => {
  const checker = rules();
  const fields = ["a", "b"];
  checker.check(fields);
  fields[1] = "b\r\nc: d";
  expect(checker.check(fields)).toBe("a character in the value of a that HTTP does not allow");
});
