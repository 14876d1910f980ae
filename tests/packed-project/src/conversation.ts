import assert from "node:assert/strict";
import { binary, ConnectError, connect, grpc, grpcWeb, json } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import type { ClientProtocol } from "@connect-ts/runtime/transport";
import { createNoteServiceClient, type NoteServiceClient } from "./gen/note/v1/note_connect.js";
import type { NoteInit } from "./gen/note/v1/note_init.js";
import { noteHandler } from "./service.js";

const notes: readonly NoteInit[] = [
  { id: 1, text: "milk", owner: { case: "person", value: "Ada" }, labels: { shop: "yes" } },
  { id: 2, text: "eggs", written: { seconds: 1n } },
];

/** Talks to the service in every protocol, in binary and in JSON, all four kinds of RPC; how many RPCs were made. */
export async function conversation(): Promise<number> {
  let rpcs = 0;
  for (const protocol of [connect(), grpc(), grpcWeb()] satisfies ClientProtocol[]) {
    for (const codec of [binary(), json()]) {
      const server = await serve({ handlers: [noteHandler()], port: 0 });
      try {
        const transport = createNodeTransport({ baseUrl: server.url, protocol, codec, http: "2" });
        rpcs += await talk(createNoteServiceClient(transport));
      } finally {
        await server.close();
      }
    }
  }
  return rpcs;
}

async function talk(client: NoteServiceClient): Promise<number> {
  const missing = await client.read({ id: 1 }).catch((reason: unknown) => reason);
  assert(missing instanceof ConnectError);
  assert.equal(missing.code, "not_found");
  assert.equal(missing.rawMessage, "no note 1");

  assert.equal((await client.add(notes.map((note) => ({ note })))).count, 2);
  const { message, headers } = await client.read({ id: 1 }).response;
  assert.equal(message.note?.text, "milk");
  assert.deepEqual(message.note.labels, { shop: "yes" });
  assert.equal(headers.get("note-owner"), "Ada");

  const texts: string[] = [];
  for await (const { note } of client.list({})) texts.push(note?.text ?? "");
  assert.deepEqual(texts, ["milk", "eggs"]);

  const echo = client.echo();
  const answers = echo[Symbol.asyncIterator]();
  for (const text of ["one", "two"]) {
    await echo.send({ text });
    assert.equal((await answers.next()).value?.text, text);
  }
  echo.closeSend();
  assert.equal((await answers.next()).done, true);
  return 5;
}
