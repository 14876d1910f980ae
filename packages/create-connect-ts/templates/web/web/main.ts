// The page: greets whoever is named in its form.
import { ConnectError } from "@connect-ts/runtime";
import { createFetchTransport } from "@connect-ts/runtime/fetch";
import { createGreetServiceClient } from "../src/gen/greet/v1/greet_connect.ts";

// The page's own origin: Vite hands calls to the server while you develop, see vite.config.ts.
const client = createGreetServiceClient(createFetchTransport({ baseUrl: location.origin }));

const form = document.querySelector<HTMLFormElement>("#form");
const name = document.querySelector<HTMLInputElement>("#name");
const answer = document.querySelector<HTMLOutputElement>("#answer");
if (form === null || name === null || answer === null) throw new Error("index.html lacks an element of the form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { greeting } = await client.greet({ name: name.value });
    answer.value = greeting;
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    answer.value = `${code}: ${rawMessage}`;
  }
});
