// Calls the service as a client does, in this process and without a network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectError } from "@connect-ts/runtime";
import { createInProcessTransport } from "@connect-ts/runtime/in-process";
import { createGreetServiceClient } from "./gen/greet/v1/greet_connect.ts";
import { greetHandler } from "./greet.ts";

const client = createGreetServiceClient(createInProcessTransport(greetHandler));

test("greets by name", async () => {
  const { greeting } = await client.greet({ name: "Ada" });
  assert.equal(greeting, "Hello, Ada!");
});

test("refuses an empty name", async () => {
  await assert.rejects(client.greet({ name: "" }), (error) => {
    assert(error instanceof ConnectError);
    assert.equal(error.code, "invalid_argument");
    return true;
  });
});
