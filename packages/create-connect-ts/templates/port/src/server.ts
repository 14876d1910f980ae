// The server program: Connect, gRPC and gRPC-Web on one port.
import { serve } from "@connect-ts/runtime/node";
import { greetHandler } from "./greet.ts";

const server = await serve({ handlers: greetHandler, port: Number(process.env.PORT ?? 8080) });
console.log(`listening on ${server.url}`);

// SIGTERM asks for an end: calls that run have 10 seconds to finish.
process.once("SIGTERM", async () => {
  await server.drain({ graceMs: 10_000 });
});
