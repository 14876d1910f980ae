// `serve()` as a program, for Bun and Deno: build-our-server.mjs bundles it.
import { listen, startServer } from "../src/ours.ts";
import { doJobs } from "./jobs.mjs";

doJobs(() => ({
  async serve({ compress }, tell) {
    const server = await startServer(listen, compress, tell);
    return { port: Number(new URL(server.url).port), stop: () => server.close() };
  },
}));
