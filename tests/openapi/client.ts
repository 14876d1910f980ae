// A client whose types come from the document: openapi-typescript made `.cache/schema.d.ts` of it. `run.mjs` compiles and runs it.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./.cache/schema.js";

const [, , baseUrl = ""] = process.argv;
const client = createClient<paths>({ baseUrl });

const created = await client.POST("/v1/shelves", { body: { theme: "Poetry" } });
assert.deepEqual(created.data, { name: "shelves/1", theme: "Poetry" });

const listed = await client.GET("/v1/shelves", { params: { query: { pageSize: 2 } } });
assert.deepEqual(
  listed.data?.shelves?.map(({ theme }) => theme),
  ["Poetry"],
);

const params = { path: { name_1: "1", name_2: "2" } };
const updated = await client.PATCH("/v1/shelves/{name_1}/books/{name_2}", {
  params: { ...params, query: { updateMask: "title" } },
  body: { title: "Notes" },
});
assert.deepEqual(updated.data, { name: "shelves/1/books/2", title: "Notes" });

const missing = await client.GET("/v1/shelves/{name_1}/books/{name_2}", { params });
assert.equal(missing.response.status, 404);
assert.deepEqual(missing.error, { code: 5, message: "no such book", details: [] });

const rpc = await client.POST("/google.example.library.v1.LibraryService/GetShelf", { body: { name: "shelves/1" } });
assert.equal(rpc.data?.theme, "Poetry");

// @ts-expect-error A theme is a text.
await client.POST("/v1/shelves", { body: { theme: 1 } });
console.log("a client of the OpenAPI document: ok");
