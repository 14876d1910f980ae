// The whole client program.
import { createNodeTransport } from "@connect-ts/runtime/node";
import { createGreetServiceClient } from "./gen/greet/v1/greet_connect.js";

const transport = createNodeTransport({ baseUrl: "http://localhost:8080" });
const client = createGreetServiceClient(transport);

const { greeting } = await client.greet({ name: "Ada" });
console.log(greeting);
