import { ConnectError } from "@connect-ts/runtime";
import { useEffect, useState } from "react";
import type { Account } from "./account.js";
import type { WatchResponse } from "./gen/chat/v1/chat_pb.js";

/** What the server tells of the calls that it sees, the last first. */
export interface Watched {
  readonly isConnected: boolean;
  readonly calls: readonly WatchResponse[];
}

const maxCalls = 40;
const reconnectAfterMs = 1000;

export function useWatch(account: Account): Watched {
  const [calls, setCalls] = useState<readonly WatchResponse[]>([]);
  const [isConnected, setConnected] = useState(false);

  // #region watch
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const client = account.client({ protocol: "Connect", codec: "Binary" });
    const watch = async (): Promise<void> => {
      const stream = client.watch({}, { signal });
      await stream.headers;
      setConnected(true);
      for await (const call of stream) {
        setCalls((before) => [call, ...before.filter(({ id }) => id !== call.id)].slice(0, maxCalls));
      }
    };
    const keepWatching = async (): Promise<void> => {
      while (!signal.aborted) {
        const code = await watch().then(
          () => undefined,
          (error) => ConnectError.from(error).code,
        );
        setConnected(false);
        if (code === "unauthenticated") return; // the session is over
        // The network may come back.
        await new Promise((resolve) => setTimeout(resolve, reconnectAfterMs));
      }
    };
    void keepWatching();
    return () => controller.abort(); // whoever leaves the page ends the stream
  }, [account]);
  // #endregion

  return { isConnected, calls };
}
