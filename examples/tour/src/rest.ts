import { rest } from "@connect-ts/rest";
import { serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

/** Eliza's schema has no rules for HTTP: here they are in a service config. */
// #region config
const http = {
  rules: [
    {
      selector: "connectrpc.eliza.v1.ElizaService.Say",
      pattern: { case: "get" as const, value: "/v1/say/{sentence}" },
      additionalBindings: [{ pattern: { case: "post" as const, value: "/v1/say" }, body: "*" }],
    },
    {
      selector: "connectrpc.eliza.v1.ElizaService.Introduce",
      pattern: { case: "get" as const, value: "/v1/people/{name}:introduce" },
    },
  ],
};
const elizaRest = await rest(elizaHandler, { http });
// #endregion

// #region serve
const server = await serve({ handlers: [elizaHandler, elizaRest] });
// #endregion

// #region call
const said = await fetch(`${server.url}/v1/say/I%20feel%20happy`);
console.log(`  ${await said.text()}`);

const introduced = await fetch(`${server.url}/v1/people/Ada:introduce`);
for (const line of (await introduced.text()).trim().split("\n")) console.log(`  ${line}`);
// #endregion

await server.close();
