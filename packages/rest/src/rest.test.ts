import { describe, expect, it } from "@jest/globals";
import { Color } from "./testing/gen/messaging/v1/messaging_pb.js";
import { body, seen, sender } from "./testing/messaging.js";

const send = sender();

describe("the examples in google/api/http.proto", () => {
  it("GET /v1/messages/123456 with {name=messages/*}", async () => {
    const answer = await send("GET", "/v1/messages/123456");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.json).toEqual(seen({ name: "messages/123456" }));
  });

  it("GET /v1/messages/123456?revision=2&sub.subfield=foo", async () => {
    expect((await send("GET", "/v2/messages/123456?revision=2&sub.subfield=foo")).json).toEqual(
      seen({ messageId: "123456", revision: 2n, sub: { subfield: "foo" } }),
    );
  });

  it('PATCH /v1/messages/123456 { "text": "Hi!" } with a field as the body', async () => {
    const answer = await send("PATCH", "/v2/messages/123456?user_id=me", body({ text: "Hi!" }));
    expect(answer.json).toEqual(seen({ messageId: "123456", message: { text: "Hi!" }, userId: "me" }));
  });

  it("PUT with the whole message as the body, which has no parameters then", async () => {
    const init = body({ name: "n", message: { text: "Hi!" }, messageId: "of the body" });
    expect((await send("PUT", "/v2/messages/123456", init)).json).toEqual(
      seen({ messageId: "123456", name: "n", message: { text: "Hi!" } }),
    );
    const { status, json } = await send("PUT", "/v2/messages/123456?name=n", init);
    expect([status, json]).toEqual([
      400,
      {
        code: 3,
        message: 'the query has a parameter "name" that is none here: all that is not in the path is in the body',
        details: [],
      },
    ]);
  });

  it("GET /v1/users/me/messages/123456 by an additional binding", async () => {
    expect((await send("GET", "/v2/users/me/messages/123456")).json).toEqual(
      seen({ userId: "me", messageId: "123456" }),
    );
  });

  it("rules of a service config, the last of which counts, in place of those of the schema", async () => {
    const configured = sender({
      http: {
        rules: [
          { selector: "messaging.v1.Messaging.Plain", pattern: { case: "get", value: "/v4/not-this" } },
          {
            selector: "messaging.v1.Messaging.Plain",
            pattern: { case: "get", value: "/v4/{message_id}/{sub.subfield}" },
          },
          { selector: "messaging.v1.Messaging.GetByName", pattern: { case: "post", value: "/v4/by-name" }, body: "*" },
        ],
      },
    });
    expect((await configured("GET", "/v4/123456/foo")).json).toEqual(
      seen({ messageId: "123456", sub: { subfield: "foo" } }),
    );
    expect((await configured("GET", "/v4/not-this")).status).toBe(404);
    expect((await configured("GET", "/v1/messages/123456")).status).toBe(404);
    expect((await configured("POST", "/v4/by-name", body({ name: "n" }))).json).toEqual(seen({ name: "n" }));
  });

  it("a custom pattern: HEAD, and any method", async () => {
    expect(await send("HEAD", "/v2/probe/1")).toMatchObject({ status: 200, text: "" });
    expect((await send("GET", "/v2/probe/1")).status).toBe(405);
    expect((await send("REPORT", "/v2/any/1")).json).toEqual(seen({ messageId: "1" }));
  });
});

describe("a path", () => {
  it.each([
    ["a verb", "POST", "/v2/messages/a:archive", { messageId: "a" }],
    ["the last colon is the verb's", "POST", "/v2/messages/a:b:archive", { messageId: "a:b" }],
    ["a verb after **", "POST", "/v2/folders/a/b:archive", { name: "folders/a/b" }],
    ["** that matches nothing", "POST", "/v2/folders:archive", { name: "folders" }],
    ["a colon that is no verb", "GET", "/v2/messages/a:b", { messageId: "a:b" }],
    ["a percent-encoded colon is no verb", "GET", "/v2/messages/a%3Aarchive", { messageId: "a:archive" }],
    ["several variables", "GET", "/v3/folders/f/a/b", { name: "folders/f", sub: { subfield: "a/b" } }],
    ["one segment is decoded wholly", "GET", "/v2/messages/a%2Fb%20%C3%A9+c", { messageId: "a/b é+c" }],
    [
      "of several segments %2F stays",
      "GET",
      "/v3/folders/a%2Fb%20c/x%2fy",
      { name: "folders/a%2Fb c", sub: { subfield: "x%2fy" } },
    ],
    ["an empty rest", "GET", "/v3/folders/f/", { name: "folders/f", sub: {} }],
    ["numbers and enums", "GET", "/v3/rank/-7/COLOR_RED", { rank: -7, color: Color.RED }],
    ["an enum by its number", "GET", "/v3/rank/7/2", { rank: 7, color: Color.BLUE }],
    ["a literal in another encoding", "GET", "/v3/caf%c3%a9/me", { userId: "me" }],
    ["what objects have", "GET", "/v2/messages/__proto__", { messageId: "__proto__" }],
  ] as const)("takes %s", async (_, method, path, request) => {
    const init = method === "POST" ? body({}) : {};
    expect((await send(method, path, init)).json).toEqual(seen(request));
  });

  it("prefers a literal to a variable", async () => {
    expect((await send("GET", "/v2/messages/latest?tags=a&tags=b")).json).toEqual(["a", "b", "latest"]);
  });

  it.each(["/v1/messages", "/v1/messages/", "/v1/messages/1/2", "/v2/messages/1:other/x", "/v2/watch", "/constructor"])(
    "does not take %s",
    async (path) => {
      expect((await send("GET", path)).status).toBe(404);
    },
  );

  it.each([
    ["/v2/messages/%zz", 'the path\'s part for "message_id" is not percent-encoded UTF-8'],
    ["/v2/messages/%ff", 'the path\'s part for "message_id" is not percent-encoded UTF-8'],
    ["/v3/rank/x/1", 'the parameter "rank" cannot be "x"'],
    ["/v3/rank/1/GREEN", 'the parameter "color" cannot be "GREEN"'],
    ["/v3/rank/4294967296/1", 'the parameter "rank" cannot be "4294967296"'],
  ])("answers %s with 400", async (path, message) => {
    expect(await send("GET", path)).toMatchObject({ status: 400, json: { code: 3, message } });
  });

  it("answers another method with 405 and those that it has", async () => {
    const answer = await send("DELETE", "/v2/messages/1");
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, PATCH, PUT, HEAD"]);
    expect(answer.json).toMatchObject({ code: 12 });
  });

  it("answers HEAD as GET without the body", async () => {
    expect(await send("HEAD", "/v2/messages/1")).toMatchObject({ status: 200, text: "" });
  });

  it("is found in a time that is linear in its length", async () => {
    const path = `/v2/folders${"/messages:a".repeat(20_000)}:archive`;
    const start = performance.now();
    expect((await send("POST", path, body({}))).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("a query", () => {
  const at = { seconds: 1_704_067_200n };
  it.each([
    ["tags=a&tags=b+c&tags=d%26", { tags: ["a", "b c", "d&"] }],
    ["sub.deeper.subfield=x&sub.numbers=1&sub.numbers=-2", { sub: { deeper: { subfield: "x" }, numbers: [1, -2] } }],
    ["color=COLOR_BLUE&colors=1&colors=COLOR_RED", { color: Color.BLUE, colors: [Color.RED, Color.RED] }],
    ["color=7", { color: 7 as Color }],
    ["since=2024-01-01T00:00:00Z", { since: at }],
    ["since=2024-01-01T02:00:00%2B02:00", { since: at }],
    ["within=1.5s", { within: { seconds: 1n, nanos: 500_000_000 } }],
    ["mask=name,sub.subfield", { mask: { paths: ["name", "sub.subfield"] } }],
    ["limit=9007199254740993&flag=false&note=", { limit: 9007199254740993n, flag: false, note: "" }],
    ["weight=1.5e3&deep=true&size=4294967295", { weight: 1500, deep: true, size: 4294967295 }],
    ["token=_-8", { token: Uint8Array.of(255, 239) }],
    ["userId=json&message.text=t", { userId: "json", message: { text: "t" } }],
    ["right=r", { choice: { case: "right", value: "r" } }],
    ["revision=-9223372036854775808&&", { revision: -9223372036854775808n }],
  ] as const)("takes %s", async (query, request) => {
    expect((await send("GET", `/v1/messages/1?${query}`)).json).toEqual(
      seen({ name: "messages/1", ...request } as never),
    );
  });

  it.each([
    [
      "nothing=1",
      'the query has a parameter "nothing" that is none here: messaging.v1.GetRequest has no field "nothing"',
    ],
    [
      "__proto__=1",
      'the query has a parameter "__proto__" that is none here: messaging.v1.GetRequest has no field "__proto__"',
    ],
    ["name=x", 'the query has a parameter "name" that is none here: it is in the path'],
    [
      "sub=x",
      'the query has a parameter "sub" that is none here: it is a message: name one of its fields, as in "sub.…"',
    ],
    ["sub.subfield.x=1", 'the query has a parameter "sub.subfield.x" that is none here: subfield is not a message'],
    ["labels=x", 'the query has a parameter "labels" that is none here: it is a map'],
    ["subs=x", 'the query has a parameter "subs" that is none here: it is a list of messages'],
    ["user_id=a&user_id=b", 'the parameter "user_id" is given 2 times, and takes one value'],
    ["left=a&right=b", 'the parameters "right" and "left" exclude each other'],
    ["revision=1.5", 'the parameter "revision" cannot be "1.5"'],
    [`revision=${"9".repeat(20)}`, `the parameter "revision" cannot be "${"9".repeat(20)}"`],
    ["size=-1", 'the parameter "size" cannot be "-1"'],
    ["deep=1", 'the parameter "deep" cannot be "1"'],
    ["weight=0x1", 'the parameter "weight" cannot be "0x1"'],
    ["since=today", 'the parameter "since" cannot be "today"'],
    ["flag=yes", 'the parameter "flag" cannot be "yes"'],
    ["user_id=%zz", "the query is not percent-encoded UTF-8"],
  ])("answers %s with 400", async (query, message) => {
    expect(await send("GET", `/v1/messages/1?${query}`)).toMatchObject({ status: 400, json: { code: 3, message } });
  });

  it("may have what is no field when the server says so", async () => {
    const lax = sender({ ignoreUnknownParameters: true });
    expect((await lax("GET", "/v1/messages/1?utm_source=x&deep=true")).json).toEqual(
      seen({ name: "messages/1", deep: true }),
    );
  });

  it("cannot reach into the field that is the body", async () => {
    expect(await send("PATCH", "/v2/messages/1?message.text=x", body({}))).toMatchObject({
      status: 400,
      json: { message: 'the query has a parameter "message.text" that is none here: it is in the body' },
    });
  });
});
