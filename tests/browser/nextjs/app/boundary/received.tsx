"use client";

import { create, fromBinary, isMessage } from "@bufbuild/protobuf";
import { useEffect, useState } from "react";
import { Edition2023RequestSchema } from "../../editions/edition2023_pb";
import { NoteSchema } from "../../gen/notes/v1/notes_pb";
import { echo, read } from "./actions";

function show(value: unknown): string {
  if (isMessage(value, NoteSchema)) return `${value.$typeName} ${value.id + 0n} ${value.sha256.byteLength} bytes`;
  if (value instanceof Uint8Array) return `explicit: ${fromBinary(Edition2023RequestSchema, value).explicit}`;
  return String(value);
}

/** Shows what came, and what comes back from an action that it is given to; then what a message of an edition does there. */
export function Received({ value }: { readonly value: unknown }) {
  const [lines, setLines] = useState<readonly string[]>([]);
  useEffect(() => {
    const run = async () => {
      const back = show(await echo(value));
      const refused = await read(create(Edition2023RequestSchema, { explicit: "over" })).catch(String);
      setLines([show(value), `back: ${back}`, `an edition in an action: ${refused}`]);
    };
    run().catch((error: unknown) => setLines([String(error)]));
  }, [value]);
  return (
    <ul id="received">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
