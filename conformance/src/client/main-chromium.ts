// The client program for Chromium: the runner talks to it, and a page in Chromium makes the calls (page.ts).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { chromium } from "playwright-core";
import {
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "#gen/connectrpc/conformance/v1/client_compat_pb.js";
import { readDelimited, writeDelimited } from "../delimited.js";

/** Chromium opens 6 connections to a host over HTTP/1.1; a call that waited for one would miss its deadline. */
const parallel = 6;

const script = readFileSync(process.argv[2] ?? "");
const pages = createServer((request, response) => {
  if (request.url === "/page.js") response.setHeader("content-type", "text/javascript").end(script);
  else response.setHeader("content-type", "text/html").end("<!doctype html><script type=module src=/page.js></script>");
});
await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
// The runner makes a certificate for each run.
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();
await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);

type Page = { run(encoded: string): Promise<string> };
const running = new Set<Promise<void>>();
for await (const request of readDelimited(process.stdin, ClientCompatRequestSchema)) {
  const encoded = Buffer.from(toBinary(ClientCompatRequestSchema, request)).toString("base64");
  const call = page
    .evaluate((request) => (globalThis as unknown as Page).run(request), encoded)
    .then((answer) => {
      running.delete(call);
      const response = fromBinary(ClientCompatResponseSchema, Buffer.from(answer, "base64"));
      writeDelimited(process.stdout, ClientCompatResponseSchema, response);
    });
  running.add(call);
  if (running.size >= parallel) await Promise.race(running);
}
await Promise.all(running);
await browser.close();
pages.close();
