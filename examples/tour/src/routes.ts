import { setTimeout as sleep } from "node:timers/promises";
import { HeaderMap } from "@connect-ts/runtime";
import { createNodeTransport, serve } from "@connect-ts/runtime/node";
import { createRoute, type Route } from "@connect-ts/runtime/transport";
import { createElizaServiceClient, elizaHandler } from "./eliza.js";

// #region events
/** Server-sent events: one each moment, until the client leaves or the server drains. */
const clock = createRoute("GET", "/clock", ({ drainSignal }) => ({
  headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  body: (async function* () {
    for (let tick = 1; !drainSignal.aborted; tick++) {
      yield `data: ${tick}\n\n`;
      await sleep(10);
    }
  })(),
}));
// #endregion

// #region upload
const upload = createRoute(
  "PUT",
  "/notes/*",
  async (request) => {
    const note = await request.bytes(); // at most maxBytes; a longer one is answered with 413
    return { status: 201, body: `${request.path}: ${note.length} bytes\n` };
  },
  { maxBytes: 10_000 },
);
// #endregion

// #region low
/** Counts the bytes of a request of any length, and holds none of them. */
const count: Route = {
  path: "/count",
  methods: ["POST"],
  handle(_request, response) {
    let bytes = 0;
    response.resume();
    return {
      streaming: true, // reads piece by piece, so the client may send on
      data(chunk) {
        bytes += chunk.byteLength;
      },
      end() {
        response.respond(200, new HeaderMap(), new TextEncoder().encode(`${bytes}\n`));
      },
      error() {},
      drain() {},
      closed() {},
    };
  },
};
// #endregion

// #region serve
const server = await serve({
  handlers: [elizaHandler, createRoute("GET", "/healthz", () => ({ body: "ok\n" })), clock, upload, count],
  onRouteError: (error, { method, path }) => console.error(`${method} ${path}`, error),
});
// #endregion

const eliza = createElizaServiceClient(createNodeTransport({ baseUrl: server.url }));
console.log(`  ${(await eliza.say({ sentence: "Hello" })).sentence}`);
console.log(`  ${await (await fetch(`${server.url}/healthz`)).text()}`.trimEnd());
const { body } = await fetch(`${server.url}/clock`);
for await (const event of body ?? []) {
  console.log(`  ${new TextDecoder().decode(event)}`.trimEnd());
  break;
}
for (const [method, path] of [
  ["PUT", "/notes/today"],
  ["POST", "/count"],
  ["POST", "/healthz"],
] as const) {
  const response = await fetch(server.url + path, { method, body: "hello" });
  console.log(`  ${response.status} ${await response.text()}`.trimEnd());
}
await server.drain();
