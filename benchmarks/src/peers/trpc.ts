import { createTRPCClient, httpLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { text, tiny } from "../messages.js";
import { check, type Peer } from "./peer.js";

const trpc = initTRPC.create();
const router = trpc.router({
  tiny: trpc.procedure
    .input((value: unknown) => value as { text: string })
    .mutation(({ input }) => ({ text: input.text })),
});

/** Without its batching link, which makes one request of many calls. */
export const trpcPeer: Peer = {
  async serve() {
    const server = createHTTPServer({ router });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    return address.port;
  },

  connect(_setup, port) {
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url: `http://127.0.0.1:${port}` })] });
    return {
      async tiny() {
        check((await client.tiny.mutate(tiny)).text === text);
      },
    };
  },
};
