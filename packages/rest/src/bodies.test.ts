import { gzipSync } from "node:zlib";
import { createRegistry } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type Interceptor, json, notModifiedError } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { gzip } from "@connect-ts/runtime/node";
import { describe, expect, it } from "@jest/globals";
import { rest } from "./rest.js";
import { body, messaging, seen, sender, sendTo } from "./testing/messaging.js";

const send = sender();
const put = { headers: { "content-type": "application/json" } };

describe("a request's body", () => {
  it("may be a field that is a list", async () => {
    expect((await send("PUT", "/v2/messages/1/tags", body(["a", "b"]))).json).toEqual(["a", "b"]);
    expect((await send("PUT", "/v2/messages/1/tags", { body: "", ...put })).json).toEqual([]);
  });

  it.each(["1,", '["a"],"name":"stolen"', "", "["])("cannot be %s and reach other fields", async (text) => {
    const answer = await send("PUT", "/v2/messages/1/tags", { body: text, ...put });
    expect(text === "" ? answer.json : answer.status).toEqual(text === "" ? [] : 400);
  });

  it("may be empty, which is the empty message", async () => {
    expect((await send("PUT", "/v2/messages/1", put)).json).toEqual(seen({ messageId: "1" }));
    expect((await send("PATCH", "/v2/messages/1", put)).json).toEqual(seen({ messageId: "1" }));
  });

  it("is not read where the rule has none", async () => {
    expect((await send("REPORT", "/v2/any/1", { body: "{{{", ...put })).json).toEqual(seen({ messageId: "1" }));
  });

  it.each([
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["application/json; charset=utf-8", 200],
    ["application/merge-patch+json", 200],
    ["Application/JSON", 200],
  ])("of the type %s is answered with %d", async (type, status) => {
    const answer = await send("PUT", "/v2/messages/1", { body: "{}", headers: { "content-type": type } });
    expect([answer.status, answer.json]).toEqual([
      status,
      status === 200
        ? seen({ messageId: "1" })
        : { code: 3, message: `the content-type must be application/json, and is "${type}"`, details: [] },
    ]);
  });

  it.each([
    [{ "sec-fetch-site": "cross-site" }, 415],
    [{ "sec-fetch-site": "same-site", "content-type": "text/plain" }, 415],
    [{ origin: "https://other.example" }, 415],
    [{ "sec-fetch-site": "same-origin", origin: "http://test.example" }, 200],
    [{ "sec-fetch-site": "cross-site", "content-type": "application/json" }, 200],
    [{}, 200],
  ])("that a page with the headers %j posts is answered with %d", async (headers, status) => {
    const { "content-type": contentType = "", ...others } = headers as { readonly [name: string]: string };
    // A Request gives a text a type; bytes have none.
    const init = { body: new Uint8Array(0), headers: contentType === "" ? others : headers };
    expect((await send("POST", "/v2/messages/1:archive", init)).status).toBe(status);
    expect((await send("POST", "/v2/files/a", init)).status).toBe(status);
  });

  it("that is no JSON of the message is answered with 400 and the field", async () => {
    const answer = await send("PUT", "/v2/messages/1", body({ revision: "x" }));
    expect([answer.status, (answer.json as { message: string }).message]).toEqual([
      400,
      expect.stringContaining("messaging.v1.GetRequest.revision"),
    ]);
  });

  it("is held to the server's limit", async () => {
    const small = sender({}, { readMaxBytes: 100 });
    const answer = await small("PUT", "/v2/messages/1", body({ name: "n".repeat(200) }));
    expect([answer.status, (answer.json as { code: number }).code]).toEqual([429, 8]);
    expect(
      (await small("POST", "/v2/files/a", { body: "x".repeat(101), headers: { "content-type": "text/x" } })).status,
    ).toBe(429);
  });

  it("may be compressed as the server knows it", async () => {
    const known = sender({}, { compressions: [gzip()], compressMinBytes: 0 });
    const headers = { ...put.headers, "content-encoding": "gzip", "accept-encoding": "br;q=1, gzip;q=0.5" };
    const response = await known("PUT", "/v2/messages/1", { body: gzipSync('{"name":"zip"}'), headers });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    expect(response.json).toEqual(seen({ messageId: "1", name: "zip" }));
    const refused = await known("PUT", "/v2/messages/1", {
      body: "{}",
      headers: { ...headers, "accept-encoding": "gzip;q=0" },
    });
    expect(refused.headers.get("content-encoding")).toBeNull();
    const unknown = await known("PUT", "/v2/messages/1", {
      body: "{}",
      headers: { ...headers, "content-encoding": "lzma" },
    });
    expect([unknown.status, unknown.json]).toMatchObject([
      415,
      { message: 'the content-encoding "lzma" is not supported: the server takes identity, gzip' },
    ]);
  });

  it("is the bytes of a google.api.HttpBody, and so is the answer", async () => {
    const init = { body: Uint8Array.of(1, 2, 255), headers: { "content-type": "image/x-test" } };
    const handler = fetchHandler([await rest(messaging())]);
    const response = await handler(new Request("http://test.example/v2/files/a.png", { method: "POST", ...init }));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 255));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/x-test",
      etag: '"a.png"',
      "trailer-stored": "yes",
      "x-content-type-options": "nosniff",
    });
    expect((await send("PUT", "/v2/file", { body: "abc", headers: { "content-type": "text/x-a" } })).json).toEqual({});
    expect(await send("GET", "/v2/files/a/b")).toMatchObject({ status: 200, text: "<a/b>" });
  });
});

describe("a response's body", () => {
  it("is a field where the rule says so, also one that JSON leaves out", async () => {
    expect((await send("GET", "/v2/messages/latest?deep=true")).json).toEqual([]);
    expect((await send("GET", "/v2/messages:count?name=n")).json).toEqual({ name: "n" });
  });

  it("follows the options of the server's JSON", async () => {
    const own = sender({}, { codecs: [json({ useProtoFieldName: true, prettySpaces: 2 })] });
    expect((await own("GET", "/v2/messages/1")).text).toBe('{\n  "request": {\n    "message_id": "1"\n  }\n}');
    expect((await own("GET", "/v2/watch/x")).text).toBe(
      '{"result":{"tags":["one\\n"]}}\n{"result":{"tags":["two"]}}\n',
    );
  });
});

describe("an error", () => {
  it("is a google.rpc.Status with the HTTP status of its code", async () => {
    const answer = await send("GET", "/v2/fail/ada");
    expect([answer.status, answer.headers.get("x-why"), answer.json]).toEqual([
      404,
      "gone",
      {
        code: 5,
        message: "no ada",
        details: [{ "@type": "type.googleapis.com/google.protobuf.Duration", value: "2s" }],
      },
    ]);
  });

  it("has details of unknown types as base64", async () => {
    const answer = await sender({ registry: createRegistry() })("GET", "/v2/fail/ada");
    expect(answer.json).toMatchObject({
      details: [{ "@type": "type.googleapis.com/google.protobuf.Duration", value: "CAI=" }],
    });
    const known = await sender({ registry: createRegistry(DurationSchema) })("GET", "/v2/fail/ada");
    expect(known.json).toMatchObject({ details: [{ value: "2s" }] });
  });

  it.each([
    ["canceled", 499],
    ["unknown", 500],
    ["invalid_argument", 400],
    ["deadline_exceeded", 504],
    ["not_found", 404],
    ["already_exists", 409],
    ["permission_denied", 403],
    ["resource_exhausted", 429],
    ["failed_precondition", 400],
    ["aborted", 409],
    ["out_of_range", 400],
    ["unimplemented", 501],
    ["internal", 500],
    ["unavailable", 503],
    ["data_loss", 500],
    ["unauthenticated", 401],
  ] as const)("with the code %s has the status %d", async (code, status) => {
    const refuse: Interceptor = async () => {
      throw new ConnectError(code, "no");
    };
    expect((await sender({}, { interceptors: [refuse] })("GET", "/v2/messages/1")).status).toBe(status);
  });

  it("that nobody wrote is hidden", async () => {
    const refuse: Interceptor = async () => {
      throw new Error("a secret");
    };
    const answer = await sender({}, { interceptors: [refuse] })("GET", "/v2/messages/1");
    expect([answer.status, answer.json]).toEqual([500, { code: 13, message: "", details: [] }]);
  });

  it("that says nothing has changed is 304 for GET", async () => {
    const refuse: Interceptor = async () => {
      throw notModifiedError({ etag: '"1"' });
    };
    const answer = await sender({}, { interceptors: [refuse] })("GET", "/v2/messages/1");
    expect([answer.status, answer.headers.get("etag"), answer.text]).toEqual([304, '"1"', ""]);
  });
});

describe("a stream", () => {
  it("is lines of JSON", async () => {
    const answer = await send("GET", "/v2/watch/x");
    expect([answer.headers.get("content-type"), answer.text]).toEqual([
      "application/x-ndjson",
      '{"result":{"tags":["one\\n"]}}\n{"result":{"tags":["two"]}}\n',
    ]);
    expect((await send("GET", "/v2/watch/broken")).text.split("\n").at(-2)).toBe(
      '{"error":{"code":15,"message":"it broke","details":[]}}',
    );
  });

  it("is events for those who accept them", async () => {
    const init = { headers: { accept: "text/html, text/event-stream;q=0.9" } };
    const answer = await send("GET", "/v2/watch/x", init);
    expect([answer.headers.get("content-type"), answer.headers.get("cache-control"), answer.text]).toEqual([
      "text/event-stream",
      "no-store",
      'data: {"tags":["one\\n"]}\n\ndata: {"tags":["two"]}\n\nevent: end\ndata: {}\n\n',
    ]);
    expect((await send("GET", "/v2/watch/broken", init)).text).toContain(
      'event: error\ndata: {"code":15,"message":"it broke","details":[]}\n\n',
    );
  });

  it("that fails before it begins has the error's status", async () => {
    expect(await send("GET", "/v2/watch/nothing")).toMatchObject({ status: 404, json: { code: 5 } });
  });

  it("of google.api.HttpBody is bytes, and is broken off when it fails", async () => {
    const answer = await send("GET", "/v2/tail/x");
    expect([answer.headers.get("content-type"), answer.text]).toEqual(["text/x-log", "one\ntwo\n"]);
    await expect(send("GET", "/v2/tail/broken")).rejects.toThrow();
  });
});

describe("a call", () => {
  it("runs under the interceptors of the server and of the service", async () => {
    const seenBy: string[] = [];
    const note =
      (name: string): Interceptor =>
      async (call, next) => {
        seenBy.push(`${name} ${call.spec.procedure} ${call.peer.protocol} ${call.requestHeaders.get("x-a")}`);
        await next();
      };
    const handler = fetchHandler([await rest(messaging({ interceptors: [note("service")] }))], {
      interceptors: [note("server")],
    });
    await sendTo(handler)("GET", "/v2/messages/1", { headers: { "x-a": "1" } });
    expect(seenBy).toEqual([
      "server /messaging.v1.Messaging/GetById rest 1",
      "service /messaging.v1.Messaging/GetById rest 1",
    ]);
  });

  it.each([
    ["X-Server-Timeout", "1.5", 1500],
    ["X-Server-Timeout", "0.0001", 1],
    ["Connect-Timeout-Ms", "700", 700],
  ])("has the deadline of %s: %s", async (name, value, ms) => {
    let left: number | undefined;
    const look: Interceptor = async (call, next) => {
      left = call.timeoutMs();
      await next();
    };
    await sender({}, { interceptors: [look] })("GET", "/v2/messages/1", { headers: { [name]: value } });
    expect(left === undefined || left <= ms).toBe(true);
    expect(left === undefined || left > ms - 500).toBe(true);
  });

  it.each([
    ["X-Server-Timeout", "soon", "the header X-Server-Timeout must be a number of seconds, such as 1.5"],
    ["Connect-Timeout-Ms", "1.5", "the header Connect-Timeout-Ms must be 1 to 10 digits"],
  ])("with the header %s: %s is answered with 400", async (name, value, message) => {
    expect(await send("GET", "/v2/messages/1", { headers: { [name]: value } })).toMatchObject({
      status: 400,
      json: { message },
    });
  });

  it("that takes too long is answered with 504", async () => {
    const slow: Interceptor = (call) =>
      new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
    const answer = await sender({}, { interceptors: [slow] })("GET", "/v2/messages/1", {
      headers: { "x-server-timeout": "0.01" },
    });
    expect(answer).toMatchObject({ status: 504, json: { code: 4 } });
  });
});
