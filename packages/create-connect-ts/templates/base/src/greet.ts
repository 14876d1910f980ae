// The service: one function for each RPC of proto/greet/v1/greet.proto.
import { ConnectError, type ServiceHandler } from "@connect-ts/runtime";
import { createGreetServiceHandler } from "./gen/greet/v1/greet_connect.ts";

export const greetHandler: ServiceHandler = createGreetServiceHandler({
  greet({ name }) {
    if (name === "") throw new ConnectError("invalid_argument", "whom shall I greet? The field name is empty");
    return { greeting: `Hello, ${name}!` };
  },
});
