import { gunzipSync } from "node:zlib";
import { create, type JsonValue, toJson } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerOptions, type ServiceHandler } from "@connect-ts/runtime";
import { fetchHandler } from "@connect-ts/runtime/fetch";
import { type RestOptions, rest } from "../rest.js";
import { createMessagingHandler, type MessagingHandler } from "./gen/messaging/v1/messaging_connect.js";
import { type GetRequest, GetRequestSchema } from "./gen/messaging/v1/messaging_pb.js";

/** A service that says what came to it. */
const echo: MessagingHandler = {
  ...(Object.fromEntries(
    ["getByName", "getById", "updateField", "updateAll", "archive", "getTree", "count", "plain", "probe"].map(
      (name) => [name, (request: GetRequest) => ({ request })],
    ),
  ) as unknown as MessagingHandler),
  latest: (request) => ({ request, tags: [...request.tags, "latest"].slice(request.deep ? 99 : 0) }),
  setTags: ({ tags }) => ({ tags }),
  fail: ({ name }) => {
    throw new ConnectError("not_found", `no ${name}`, { metadata: { "x-why": "gone" } }).addDetail(DurationSchema, {
      seconds: 2n,
    });
  },
  download: ({ name }) => ({ contentType: "image/x-test", data: new TextEncoder().encode(`<${name}>`) }),
  upload: ({ name, content }, { responseHeaders, responseTrailers }) => {
    responseHeaders.set("etag", `"${name}"`);
    responseTrailers.set("stored", "yes");
    return { content: { contentType: content?.contentType ?? "none", data: content?.data ?? new Uint8Array(0) } };
  },
  replace: ({ contentType, data }) => {
    if (contentType !== "text/x-a" || data.length !== 3)
      throw new ConnectError("internal", `${contentType} ${data.length}`);
    return {};
  },
  watch: async function* ({ name }) {
    if (name === "nothing") throw new ConnectError("not_found", "nothing to watch");
    yield { tags: ["one\n"] };
    yield { tags: ["two"] };
    if (name === "broken") throw new ConnectError("data_loss", "it broke");
  },
  tail: async function* ({ name }) {
    yield { contentType: "text/x-log", data: new TextEncoder().encode("one\n") };
    yield { contentType: "ignored", data: new TextEncoder().encode("two\n") };
    if (name === "broken") throw new ConnectError("data_loss", "it broke");
  },
};

export function messaging(options?: HandlerOptions): ServiceHandler {
  return createMessagingHandler(echo, options);
}

/** What a server answers. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: JsonValue;
}

export type Send = (method: string, path: string, init?: Omit<RequestInit, "method">) => Promise<Answer>;

/** A server of the echo, called without a network. */
export function sender(options: RestOptions = {}, handlers: HandlerOptions = {}): Send {
  const route = rest(messaging(), options);
  const handler = route.then((made) => fetchHandler([made], { onError: () => undefined, ...handlers }));
  return sendTo(async (request) => (await handler)(request));
}

export function sendTo(handler: (request: Request) => Promise<Response>): Send {
  return async (method, path, init = {}) => {
    const response = await handler(new Request(`http://test.example${path}`, { method, ...init }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isZipped = response.headers.get("content-encoding") === "gzip";
    const text = new TextDecoder().decode(isZipped ? gunzipSync(bytes) : bytes);
    const isJson = response.headers.get("content-type") === "application/json" && text !== "";
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
  };
}

/** Sends JSON. */
export function body(value: JsonValue): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

/** A request message as the echo tells it. */
export function seen(request: Parameters<typeof create<typeof GetRequestSchema>>[1]): JsonValue {
  return { request: toJson(GetRequestSchema, create(GetRequestSchema, request)) };
}
