import { describe, expect, it } from "@jest/globals";
import { useCleanup } from "../../testing/node/cleanup.js";
import { Collector, until } from "../../testing/node/collector.js";
import {
  data,
  endStream,
  FrameType,
  field,
  frame,
  reset,
  responseHead,
  trailers,
  uint32,
  type WireServer,
  wireServer,
} from "../../testing/node/h2-wire.js";
import { requestTo } from "../../testing/node/request-head.js";
import { createNodeHttpClient } from "./http-client.js";

const onCleanup = useCleanup();

/** Starts an exchange with a server that answers a stream's HEADERS so. */
async function exchange(
  answer: (id: number) => Buffer,
  { needsTrailers = false, ended = true, body = Buffer.from("x") } = {},
): Promise<{ response: Collector; server: WireServer }> {
  const server = await wireServer((got, socket) => {
    if (got.type === FrameType.headers) socket.write(answer(got.id));
  });
  onCleanup(() => server.close());
  const client = createNodeHttpClient({ baseUrl: `http://127.0.0.1:${server.port}`, http: "2" });
  onCleanup(() => client.close?.());
  const response = new Collector();
  const stream = client.request(requestTo("/", { needsTrailers }), response);
  if (ended) stream.end(body);
  else stream.write(body);
  await response.over;
  return { response, server };
}

const codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

describe.each([
  { needsTrailers: true, ended: true },
  { needsTrailers: false, ended: true },
  { needsTrailers: true, ended: false },
  { needsTrailers: false, ended: false },
])("RST_STREAM on a request %j", (options) => {
  it.each(codes)("with code %i before the response is told with its code", async (code) => {
    const { response } = await exchange((id) => reset(id, code), options);
    expect(response.events).toEqual(["error"]);
    expect(response.failure).toMatchObject({ reason: "reset", resetCode: code });
    expect(response.failure?.unprocessed).toBe(code === 7 ? true : undefined);
  });

  // A gRPC response that ends without trailers is broken anyway, and its protocol says so.
  const told = options.needsTrailers ? codes.filter((code) => code !== 0) : codes;

  it.each(told)("with code %i after the head is told with its code", async (code) => {
    const { response } = await exchange((id) => Buffer.concat([responseHead(id, 0), reset(id, code)]), options);
    expect(response.events).toEqual(["head", "error"]);
    expect(response.failure).toMatchObject({ reason: "reset", resetCode: code });
  });

  it.each(told)("with code %i in the body is told with its code", async (code) => {
    const { response } = await exchange(
      (id) => Buffer.concat([responseHead(id, 0), data(id, "half"), reset(id, code)]),
      options,
    );
    expect(response.events.at(-1)).toBe("error");
    expect(response.failure).toMatchObject({ reason: "reset", resetCode: code });
  });

  it.each(codes)("with code %i after the trailers changes nothing", async (code) => {
    const { response } = await exchange(
      (id) => Buffer.concat([responseHead(id, 0), data(id, "all"), trailers(id, field("t", "1")), reset(id, code)]),
      options,
    );
    expect(response.events).toEqual(["head", "data", "end"]);
    expect(response.text).toBe("all");
    expect(response.trailers?.get("t")).toBe("1");
  });

  it.each(codes)("with code %i after the end of the body changes nothing", async (code) => {
    const { response } = await exchange(
      (id) => Buffer.concat([responseHead(id, 0), data(id, "all", endStream), reset(id, code)]),
      options,
    );
    expect(response.events).toEqual(["head", "data", "end"]);
    expect(response.text).toBe("all");
  });

  it.each(codes)("with code %i after a response without a body changes nothing", async (code) => {
    const { response } = await exchange((id) => Buffer.concat([responseHead(id, endStream), reset(id, code)]), options);
    expect(response.events).toEqual(["head", "end"]);
  });
});

describe("a response over HTTP/2", () => {
  it("that is complete before the request is ends the request without an error", async () => {
    const { response, server } = await exchange((id) => responseHead(id, endStream), { ended: false });
    expect(response.events).toEqual(["head", "end"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const last = server.frames.filter(({ id }) => id > 0).at(-1);
    expect(last).toMatchObject({ type: FrameType.data, flags: endStream, payload: Buffer.alloc(0) });
  });

  it("that is complete before the server took the request resets it with NO_ERROR", async () => {
    const { response, server } = await exchange((id) => responseHead(id, endStream), {
      ended: false,
      body: Buffer.alloc(200_000),
    });
    expect(response.events).toEqual(["head", "end"]);
    await until(() => server.frames.some(({ type }) => type === FrameType.reset));
    const last = server.frames.filter(({ id }) => id > 0).at(-1);
    expect(last).toMatchObject({ type: FrameType.reset, payload: uint32(0) });
  });

  it("with more body than its content-length is an error", async () => {
    const { response } = await exchange((id) =>
      Buffer.concat([responseHead(id, 0, field("content-length", "2")), data(id, "abc", endStream)]),
    );
    expect(response.failure?.reason).toBe("protocol");
  });

  it("that ends short of its content-length is an error", async () => {
    const { response } = await exchange((id) =>
      Buffer.concat([responseHead(id, 0, field("content-length", "4")), data(id, "abc", endStream)]),
    );
    expect(response.failure?.reason).toBe("protocol");
  });

  it("may have informational heads before it", async () => {
    const early = (id: number) => frame(FrameType.headers, 4, id, field(":status", "103"));
    const { response } = await exchange((id) => Buffer.concat([early(id), responseHead(id, endStream)]));
    expect(response.status).toBe(200);
  });
});
