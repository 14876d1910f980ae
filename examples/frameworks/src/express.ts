// Express 5.
import { nodeHandler } from "@connect-ts/runtime/node";
import express from "express";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running, running } from "./running.js";

export function start(): Promise<Running> {
  // #region use
  const app = express();
  app.use(...nodeHandler(elizaHandler)); // before any body parser
  app.use("/api", nodeHandler([elizaHandler], { cors: pages })); // or below a path, for pages of other origins too
  app.use(express.json());
  app.get("/", (_request, response) => void response.send("page"));
  // #endregion
  return running(app.listen(0, "127.0.0.1"));
}

/** The body parser reads the request first. */
export function startMiswired(): Promise<Running> {
  const app = express();
  app.use(express.json());
  app.use(...nodeHandler(elizaHandler));
  return running(app.listen(0, "127.0.0.1"));
}
