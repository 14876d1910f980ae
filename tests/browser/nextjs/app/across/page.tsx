"use client";

import { ConnectError } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { useEffect, useState } from "react";
import { createElizaServiceClient } from "../../eliza/gen/connectrpc/eliza/v1/eliza_connect";

/** Calls what its fragment names, from this page's origin. */
export default function Page() {
  const [told, setTold] = useState("");
  useEffect(() => {
    const eliza = createElizaServiceClient(createFetchTransport({ baseUrl: location.hash.slice(1) }));
    eliza.say({ sentence: "Hello" }).then(
      ({ sentence }) => setTold(sentence),
      (error: unknown) => setTold(ConnectError.from(error).message),
    );
  }, []);
  return <p id="told">{told}</p>;
}
