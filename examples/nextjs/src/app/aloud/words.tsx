// #region words
// app/aloud/words.tsx, in the browser
"use client";

import { useEffect, useState } from "react";
import type { ReadAloudResponse } from "../../gen/notes/v1/notes_pb";

export function Words({ stream }: { readonly stream: AsyncIterable<ReadAloudResponse> }) {
  const [words, setWords] = useState<readonly string[]>([]);
  useEffect(() => {
    const read = async () => {
      for await (const { word } of stream) setWords((before) => [...before, word]);
    };
    read().catch((error: unknown) => setWords((before) => [...before, String(error)]));
  }, [stream]);
  return <p id="words">{words.join(" ")}</p>;
}
// #endregion
