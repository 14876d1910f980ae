// The whole server program.
import { ConnectError } from "@connect-ts/runtime";
import { serve } from "@connect-ts/runtime/node";
import { createGreetServiceHandler } from "./gen/greet/v1/greet_connect.js";

const greetHandler = createGreetServiceHandler({
  greet({ name }) {
    if (name === "") throw new ConnectError("invalid_argument", "whom shall I greet?");
    return { greeting: `Hello, ${name}!` };
  },
});

const server = await serve({ handlers: greetHandler, port: 8080 });
console.log(`listening on ${server.url}`);
