// JSON over HTTP/1.1, since it has no other wire.
import type { AddressInfo } from "node:net";
import { createTRPCClient, httpLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { end } from "./end.js";

const trpc = initTRPC.create();
const router = trpc.router({
  tiny: trpc.procedure
    .input((value: unknown) => value as { text: string })
    .mutation(({ input }) => ({ text: input.text })),
});
const server = createHTTPServer({ router });
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
end((await client.tiny.mutate({ text: "hi" })).text === "hi");
