// A stop of the tour: main.ts runs them all.
import { cors, serve } from "@connect-ts/runtime/node";
import { elizaHandler } from "./eliza.js";

// #region serve
const server = await serve({
  handlers: elizaHandler,
  cors: cors({
    origin: ["https://app.example.com", "http://localhost:5173"],
    requestHeaders: ["authorization"], // what your clients send beside what the protocols need
    responseHeaders: ["x-request-id"], // what they read
  }),
});
// #endregion

const say = `${server.url}/connectrpc.eliza.v1.ElizaService/Say`;
for (const origin of ["https://app.example.com", "https://evil.example"]) {
  const preflight = await fetch(say, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  console.log(`  ${origin}: ${preflight.status} ${preflight.headers.get("access-control-allow-origin")}`);
}
await server.close();
