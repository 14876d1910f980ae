// NestJS 11 on Express. Middleware that is added before `listen()` runs before Nest's body parser.
import "reflect-metadata";
import { nodeHandler } from "@connect-ts/runtime/node";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { elizaHandler } from "../../eliza/src/service.js";
import { pages, type Running, running } from "./running.js";

// Decorators as functions: @Controller(), @Get() and @Module() in a project that compiles them.
class PageController {
  page(): string {
    return "page";
  }
}
Controller()(PageController);
Get()(PageController.prototype, "page", Object.getOwnPropertyDescriptor(PageController.prototype, "page") as never);
class AppModule {}
Module({ controllers: [PageController] })(AppModule);

export async function start(): Promise<Running> {
  // #region use
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(...nodeHandler(elizaHandler));
  app.use("/api", nodeHandler([elizaHandler], { cors: pages }));
  await app.listen(0, "127.0.0.1");
  // #endregion
  return running(app.getHttpServer());
}

/** A body parser that is asked for by name comes where it is named. */
export async function startMiswired(): Promise<Running> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false });
  app.useBodyParser("json");
  app.use(...nodeHandler(elizaHandler));
  await app.listen(0, "127.0.0.1");
  return running(app.getHttpServer());
}
