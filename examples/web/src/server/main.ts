// Serves the page and, on another port, the service that it calls.
import { fileURLToPath } from "node:url";
import { log } from "@connect-ts/log";
import { serveChat, servePage } from "./start.js";

const [pagePort, apiPort] = [5173, 8080];
const origin = `http://localhost:${pagePort}`;
const chat = await serveChat({ port: apiPort, origin, interceptors: [log()] });
const page = await servePage(
  fileURLToPath(new URL("../../../../page", import.meta.url)),
  `http://localhost:${apiPort}`,
  pagePort,
);
console.log(`The page is at ${origin}, its service at http://localhost:${apiPort}`);

process.once("SIGINT", async () => {
  page.close();
  page.closeAllConnections();
  await chat.drain({ graceMs: 1_000 });
});
