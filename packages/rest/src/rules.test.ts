import { create } from "@bufbuild/protobuf";
import type { ServiceHandler } from "@connect-ts/runtime";
import { createHandler } from "@connect-ts/runtime/dynamic";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { describe, expect, it } from "@jest/globals";
import { type HttpRule, HttpRuleSchema } from "./gen/google/api/http_pb.js";
import { type RestOptions, rest } from "./rest.js";
import { createLibraryServiceHandler } from "./testing/gen/google/example/library/v1/library_connect.js";
import { Uploads } from "./testing/gen/messaging/v1/messaging_pb.js";
import { body, messaging, type Send, seen, sendTo } from "./testing/messaging.js";

const selector = "messaging.v1.Messaging.Plain";

function get(value: string, more: Partial<Omit<HttpRule, "$typeName" | "$unknown">> = {}): RestOptions {
  return { http: { rules: [create(HttpRuleSchema, { selector, pattern: { case: "get", value }, ...more })] } };
}

describe("a rule that cannot be served", () => {
  const malformed = (path: string, why: string) =>
    [path, `the path template ${JSON.stringify(path)} is malformed: ${why}`] as const;

  it.each([
    malformed("v1/x", 'it must begin with "/"'),
    malformed("/v1//x", "there is an empty segment at 5"),
    malformed("/v1/", "there is an empty segment at 5"),
    malformed("/v1/**/x", '"**" must be the last part of the path'),
    malformed("/{name=**}/x", '"**" must be the last part of the path'),
    malformed("/v1/{name", 'the variable "name" is not closed'),
    malformed("/v1/{name=a/{user_id}}", "a variable must not contain another one"),
    malformed("/v1/{na me}", '"na me" is not the path of a field'),
    malformed("/v1/{name}/{name}", 'the field "name" stands in it twice'),
    malformed("/v1/{name}x", '"x" was not expected at 11'),
    malformed("/v1/***", '"*" was not expected at 7'),
    malformed("/v1/x:", "there is no verb after the colon"),
    malformed("/v1/%zz", '"%zz" is not percent-encoded as it should be'),
    ["/v1/{nothing}", 'the path has "nothing", but messaging.v1.GetRequest has no field "nothing"'],
    ["/v1/{name.x}", 'the path has "name.x", but name is not a message'],
    ["/v1/{tags}", 'the path has the field "tags": only single fields that are no messages can stand in a path'],
    ["/v1/{since}", 'the path has the field "since": only single fields that are no messages can stand in a path'],
    ["/v1/{sub}", 'the path has the field "sub": only single fields that are no messages can stand in a path'],
  ])("has the path %s", async (path, why) => {
    await expect(rest(messaging(), get(path))).rejects.toThrow(`the HTTP rule of ${selector} cannot be served: ${why}`);
  });

  it.each([
    [
      "a body that is no field",
      get("/x", { body: "sub.subfield" }),
      'body is "sub.subfield", but messaging.v1.GetRequest has no such field',
    ],
    [
      "a response body that is no field",
      get("/x", { responseBody: "name" }),
      'response_body is "name", but messaging.v1.Seen has no such field',
    ],
    [
      "no method",
      get("/x", { pattern: { case: undefined } }),
      "it has neither get, put, post, delete, patch nor custom",
    ],
    [
      "a custom method that is none",
      get("/x", { pattern: { case: "custom", value: { kind: "x y", path: "/x" } as never } }),
      'the kind of custom must be such as "HEAD" or "*", not "x y"',
    ],
    [
      "bindings that are nested twice",
      get("/x", {
        additionalBindings: [
          create(HttpRuleSchema, { pattern: { case: "get", value: "/y" }, additionalBindings: [{}] }),
        ],
      }),
      "an additional binding must not have additional bindings itself",
    ],
  ])("has %s", async (_, options, why) => {
    await expect(rest(messaging(), options)).rejects.toThrow(`the HTTP rule of ${selector} cannot be served: ${why}`);
  });

  it("is for a stream of requests", async () => {
    await expect(rest(createHandler(Uploads, {}))).rejects.toThrow(
      "the HTTP rule of messaging.v1.Uploads.Send cannot be served: REST has one request, and this RPC takes a stream of them: call it by Connect or gRPC",
    );
  });

  it("has the path of another one", async () => {
    await expect(rest(messaging(), get("/v2/messages/{user_id}"))).rejects.toThrow(
      "GET /v2/messages/{user_id} of /messaging.v1.Messaging/Plain is bound already, to /messaging.v1.Messaging/GetById: give one of them another path",
    );
  });

  it("is for no RPC here", async () => {
    const http = { rules: [{ selector: "messaging.v1.Messaging.Nothing" }] };
    await expect(rest(messaging(), { http })).rejects.toThrow(
      'the option http has a rule for "messaging.v1.Messaging.Nothing", which is no RPC here',
    );
  });

  it("is missing everywhere", async () => {
    await expect(rest([])).rejects.toThrow("no RPC of  has the option google.api.http, nor a rule in the option http");
  });
});

describe("services that come and go", () => {
  it("are served by the rules that they have, and rules that cannot be served are told and left out", async () => {
    const bad: unknown[] = [];
    const live: { services: readonly ServiceHandler[] } = { services: [] };
    const route = await rest(live, { onBadRule: (error) => bad.push(error) });
    const send = sendTo(fetchHandler([route]));
    expect((await send("GET", "/v2/messages/1")).status).toBe(404);
    live.services = [messaging(), createHandler(Uploads, {}), messaging()];
    expect((await send("GET", "/v2/messages/1")).json).toEqual(seen({ messageId: "1" }));
    expect(bad.length).toBeGreaterThan(1);
    live.services = [];
    expect((await send("GET", "/v2/messages/1")).status).toBe(404);
  });
});

describe("services with generated codecs", () => {
  const later = (handler: ServiceHandler): ServiceHandler => {
    let known: Awaited<ReturnType<ServiceHandler["descriptor"]>> | undefined;
    const load = async () => {
      known = await handler.descriptor();
      return known;
    };
    return { ...handler, descriptor: () => known ?? load() };
  };

  it("are served when their descriptors are imported", async () => {
    const send = sendTo(fetchHandler([await rest(later(messaging()))]));
    expect((await send("GET", "/v2/messages/1")).json).toEqual(seen({ messageId: "1" }));
  });

  it("that come while the server runs are served from when theirs are imported", async () => {
    const live: { services: readonly ServiceHandler[] } = { services: [] };
    const bad: unknown[] = [];
    const send = sendTo(fetchHandler([await rest(live, { onBadRule: (error) => bad.push(error) })]));
    const lost = async () => {
      throw new Error("no such file");
    };
    live.services = [{ ...createHandler(Uploads, {}), descriptor: lost }, later(messaging())];
    expect((await send("GET", "/v2/messages/1")).status).toBe(404);
    expect((await send("GET", "/v2/messages/1")).json).toEqual(seen({ messageId: "1" }));
    expect(String(bad[0])).toBe("Error: no such file");
  });
});

describe("the library API of googleapis", () => {
  const shelf = { name: "shelves/1", theme: "Poetry" };
  const book = { name: "shelves/1/books/2", author: "Ada", title: "Notes" };
  const calls: unknown[] = [];
  const note =
    <T>(answer: T) =>
    (request: object): T => {
      const { $typeName, ...rest } = request as { readonly $typeName: string };
      calls.push([$typeName.slice("google.example.library.v1.".length), rest]);
      return answer;
    };
  const library = createLibraryServiceHandler({
    createShelf: note(shelf),
    getShelf: note(shelf),
    listShelves: note({ shelves: [shelf], nextPageToken: "n" }),
    deleteShelf: note({}),
    mergeShelves: note(shelf),
    createBook: note(book),
    getBook: note(book),
    listBooks: note({ books: [book] }),
    deleteBook: note({}),
    updateBook: note(book),
    moveBook: note(book),
  });
  const route = rest(library);
  const send: Send = async (...request) => sendTo(fetchHandler([library, await route]))(...request);

  it("has all its paths below /v1/", async () => {
    expect((await route).path).toBe("/v1/*");
  });

  it.each([
    ["POST", "/v1/shelves", { theme: "Poetry" }, shelf, "CreateShelfRequest", { shelf: { theme: "Poetry" } }],
    ["GET", "/v1/shelves/1", undefined, shelf, "GetShelfRequest", { name: "shelves/1" }],
    [
      "GET",
      "/v1/shelves?pageSize=2&page_token=t",
      undefined,
      { shelves: [shelf], nextPageToken: "n" },
      "ListShelvesRequest",
      { pageSize: 2, pageToken: "t" },
    ],
    ["DELETE", "/v1/shelves/1", undefined, {}, "DeleteShelfRequest", { name: "shelves/1" }],
    [
      "POST",
      "/v1/shelves/1:merge",
      { otherShelf: "shelves/2" },
      shelf,
      "MergeShelvesRequest",
      { name: "shelves/1", otherShelf: "shelves/2" },
    ],
    [
      "POST",
      "/v1/shelves/1/books",
      { title: "Notes" },
      book,
      "CreateBookRequest",
      { parent: "shelves/1", book: { title: "Notes" } },
    ],
    ["GET", "/v1/shelves/1/books/2", undefined, book, "GetBookRequest", { name: "shelves/1/books/2" }],
    ["GET", "/v1/shelves/1/books", undefined, { books: [book] }, "ListBooksRequest", { parent: "shelves/1" }],
    ["DELETE", "/v1/shelves/1/books/2", undefined, {}, "DeleteBookRequest", { name: "shelves/1/books/2" }],
    [
      "PATCH",
      "/v1/shelves/1/books/2?update_mask=title",
      { title: "T" },
      book,
      "UpdateBookRequest",
      { book: { name: "shelves/1/books/2", title: "T" }, updateMask: { paths: ["title"] } },
    ],
    [
      "POST",
      "/v1/shelves/1/books/2:move",
      { otherShelfName: "shelves/3" },
      book,
      "MoveBookRequest",
      { name: "shelves/1/books/2", otherShelfName: "shelves/3" },
    ],
  ])("%s %s", async (method, path, request, answer, type, sent) => {
    calls.length = 0;
    expect(await send(method, path, request === undefined ? {} : body(request))).toMatchObject({
      status: 200,
      json: answer,
    });
    expect(calls).toMatchObject([[type, sent]]);
  });

  it("answers by Connect on its own paths too", async () => {
    const answer = await send(
      "POST",
      "/google.example.library.v1.LibraryService/GetShelf",
      body({ name: "shelves/1" }),
    );
    expect(answer.json).toEqual(shelf);
  });
});
