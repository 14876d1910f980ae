// A program of bench:cold, as Lambda would load it.
import { initTRPC } from "@trpc/server";
import { awsLambdaRequestHandler } from "@trpc/server/adapters/aws-lambda";
import { end } from "./end.js";
import { eventFor } from "./lambda-event.js";

const trpc = initTRPC.create();
const router = trpc.router({
  tiny: trpc.procedure
    .input((value: unknown) => value as { text: string })
    .mutation(({ input }) => ({ text: input.text })),
});
const handler = awsLambdaRequestHandler({ router });
const answer = await handler(eventFor("/tiny", { text: "hi" }) as never, {} as never);
end(String(answer.body).includes('"text":"hi"'));
