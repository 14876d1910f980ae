// What a program for browsers needs: none of Node's types.
import { ConnectError, grpcWeb } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createNoteServiceClient } from "./gen/note/v1/note_connect.js";

const transport = createFetchTransport({ baseUrl: "http://localhost:8080", protocol: grpcWeb() });
const client = createNoteServiceClient(transport);

export async function textOf(id: number, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await client.read({ id }, { signal, timeoutMs: 1000 })).note?.text;
  } catch (reason) {
    if (reason instanceof ConnectError && reason.code === "not_found") return undefined;
    throw reason;
  }
}

export async function* texts(): AsyncGenerator<string> {
  for await (const { note } of client.list({})) yield note?.text ?? "";
}
