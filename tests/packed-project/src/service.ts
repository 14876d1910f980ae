import { ConnectError, type HandlerContext, type ServiceHandler } from "@connect-ts/runtime";
import { createNoteServiceHandler, UnimplementedNoteServiceHandler } from "./gen/note/v1/note_connect.js";
import type { AddResponseInit, EchoResponseInit, ListResponseInit, ReadResponseInit } from "./gen/note/v1/note_init.js";
import type { AddRequest, EchoRequest, ListRequest, Note, ReadRequest } from "./gen/note/v1/note_pb.js";

class Notes extends UnimplementedNoteServiceHandler {
  readonly kept: Map<number, Note> = new Map();

  override read({ id }: ReadRequest, context: HandlerContext): ReadResponseInit {
    const note = this.kept.get(id);
    if (note === undefined) throw new ConnectError("not_found", `no note ${id}`);
    context.responseHeaders.set("note-owner", note.owner.value ?? "nobody");
    return { note };
  }

  override async *list(_request: ListRequest): AsyncGenerator<ListResponseInit> {
    for (const note of this.kept.values()) yield { note };
  }

  override async add(requests: AsyncIterable<AddRequest>): Promise<AddResponseInit> {
    for await (const { note } of requests) if (note !== undefined) this.kept.set(note.id, note);
    return { count: this.kept.size };
  }

  override async *echo(requests: AsyncIterable<EchoRequest>): AsyncGenerator<EchoResponseInit> {
    for await (const { text } of requests) yield { text };
  }
}

export function noteHandler(): ServiceHandler {
  return createNoteServiceHandler(new Notes());
}
