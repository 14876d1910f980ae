import { describe, expect, it } from "@jest/globals";
import { type CorsOptions, cors } from "./cors.js";

const app = "https://app.example.com";

async function send(
  options: Partial<CorsOptions>,
  init: { readonly method?: string; readonly headers?: { readonly [name: string]: string } },
  response: () => Response = () => new Response("served", { headers: { vary: "Accept-Encoding" } }),
): Promise<Response> {
  const handler = cors({ origin: app, ...options }).wrap((_request: Request) => response());
  return handler(new Request("https://api.example.com/a.S/M", { method: "POST", ...init }));
}

const served = async (response: Response): Promise<boolean> =>
  response.status === 200 && (await response.text()) === "served";

const preflight = (origin: string): { method: string; headers: { [name: string]: string } } => ({
  method: "OPTIONS",
  headers: {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "connect-protocol-version,content-type",
  },
});

function headers(response: Response, prefix = "access-control-"): { [name: string]: string } {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith(prefix)));
}

describe("cors: preflights", () => {
  it("answers one of an allowed origin without the handler", async () => {
    const response = await send({ requestHeaders: ["Authorization"] }, preflight(app));
    expect(response.status).toBe(204);
    expect(response.headers.get("vary")).toBe("Origin");
    const { "access-control-allow-headers": allowed, ...others } = headers(response);
    expect(others).toEqual({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "GET, POST",
      "access-control-max-age": "7200",
    });
    expect(allowed?.split(", ")).toEqual([
      "content-type",
      "content-encoding",
      "connect-protocol-version",
      "connect-timeout-ms",
      "connect-content-encoding",
      "connect-accept-encoding",
      "grpc-timeout",
      "grpc-encoding",
      "grpc-accept-encoding",
      "x-grpc-web",
      "x-user-agent",
      "user-agent",
      "authorization",
    ]);
  });

  it.each(["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null"])(
    "refuses one of %s",
    async (origin) => {
      const response = await send({}, preflight(origin));
      expect(response.status).toBe(403);
      expect(headers(response)).toEqual({});
      expect(response.headers.get("vary")).toBe("Origin");
    },
  );

  it("allows credentials only when told to", async () => {
    const response = await send({ credentials: true, maxAgeSeconds: 60 }, preflight(app));
    expect(headers(response)).toMatchObject({
      "access-control-allow-credentials": "true",
      "access-control-max-age": "60",
      "access-control-allow-origin": app,
    });
  });

  it("gives an OPTIONS that is no preflight to the handler", async () => {
    expect(await served(await send({}, { method: "OPTIONS" }))).toBe(true);
    expect(await served(await send({}, { method: "OPTIONS", headers: { origin: app } }))).toBe(true);
  });
});

describe("cors: requests", () => {
  it("lets an allowed origin read the answer and its protocol headers", async () => {
    const response = await send(
      { responseHeaders: ["X-Request-Id"], responseTrailers: ["Cost"] },
      { headers: { origin: app, "sec-fetch-site": "cross-site" } },
    );
    expect(headers(response)).toEqual({
      "access-control-allow-origin": app,
      "access-control-expose-headers":
        "content-encoding, connect-content-encoding, grpc-encoding, grpc-status, grpc-message, grpc-status-details-bin, x-request-id, trailer-cost",
    });
    expect(response.headers.get("vary")).toBe("Accept-Encoding, Origin");
    expect(await served(response)).toBe(true);
  });

  it("takes a list of origins, or a function", async () => {
    const list = { origin: [app, "http://localhost:5173"] };
    const second = await send(list, { headers: { origin: "http://localhost:5173" } });
    expect(headers(second)["access-control-allow-origin"]).toBe("http://localhost:5173");
    const rule = { origin: (origin: string) => origin.endsWith(".example.com") };
    const third = await send(rule, { headers: { origin: "https://pr-7.example.com" } });
    expect(headers(third)["access-control-allow-origin"]).toBe("https://pr-7.example.com");
    expect((await send(rule, { headers: { origin: "https://evil.example" } })).status).toBe(403);
  });

  it("never allows the origin null, whatever the function says", async () => {
    const response = await send({ origin: () => true }, { headers: { origin: "null" } });
    expect([response.status, headers(response)]).toEqual([403, {}]);
  });

  it("serves what is no browser, and varies by origin there too", async () => {
    const response = await send({}, {});
    expect(response.headers.get("vary")).toBe("Accept-Encoding, Origin");
    expect(headers(response)).toEqual({});
    expect(await served(response)).toBe(true);
  });

  it.each([
    ["a form of another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["a form of a sister site", { origin: "https://other.example.com", "sec-fetch-site": "same-site" }],
    ["a form in an older browser", { origin: "https://evil.example" }],
    ["a sandboxed frame in an older browser", { origin: "null" }],
    ["a browser that hides the origin", { "sec-fetch-site": "cross-site" }],
  ])("refuses the post of %s: it came without a preflight", async (_name, given) => {
    const response = await send({}, { headers: { ...given, "content-type": "application/x-www-form-urlencoded" } });
    expect([response.status, headers(response)]).toEqual([403, {}]);
  });

  it.each([
    ["by Fetch Metadata", { origin: "https://api.example.com", "sec-fetch-site": "same-origin" }],
    [
      "by Fetch Metadata, behind a proxy that changes the host",
      { origin: "https://www.example.com", "sec-fetch-site": "same-origin" },
    ],
    ["by the host", { origin: "https://api.example.com" }],
  ])("serves pages of the server's own origin: %s", async (_name, given) => {
    const response = await send({}, { headers: given });
    expect(headers(response)).toEqual({});
    expect(await served(response)).toBe(true);
  });

  it("serves a GET of any origin, which cannot read the answer", async () => {
    const response = await send(
      {},
      { method: "GET", headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } },
    );
    expect(headers(response)).toEqual({});
    expect(await served(response)).toBe(true);
  });

  it("passes on what the host gives beside the request", async () => {
    const handler = cors({ origin: app }).wrap(
      async (_request: Request, env: string, n: number) => new Response(`${env} ${n}`),
    );
    expect(await (await handler(new Request("https://h.example/"), "env", 7)).text()).toBe("env 7");
  });

  it("adds to responses with immutable headers", async () => {
    const response = await send({}, { headers: { origin: app } }, () =>
      Response.redirect("https://h.example/elsewhere", 302),
    );
    expect(response.status).toBe(302);
    expect(response.headers.get("access-control-allow-origin")).toBe(app);
    expect(response.headers.get("location")).toBe("https://h.example/elsewhere");
  });
});

describe("cors: as plain data", () => {
  it("decides by method and headers, for any framework", () => {
    const policy = cors({ origin: app });
    const of = (given: { readonly [name: string]: string }) => (name: string) => given[name];
    expect(policy.decide("POST", of({ origin: app })).status).toBeUndefined();
    expect(policy.decide("POST", of({ origin: "https://evil.example", host: "api.example.com" }))).toEqual({
      status: 403,
      headers: [["vary", "Origin"]],
    });
    expect(
      policy.decide("POST", of({ origin: "https://api.example.com", host: "api.example.com" })).status,
    ).toBeUndefined();
    expect(policy.decide("POST", of({ origin: "https://api.example.com" }), "api.example.com").status).toBeUndefined();
    expect(policy.decide("OPTIONS", of(preflight(app).headers)).status).toBe(204);
    expect(policy.methods).toEqual(["GET", "POST"]);
    expect(policy.requestHeaders).toContain("connect-protocol-version");
    expect(policy.responseHeaders).toContain("grpc-status");
  });

  it.each([
    "*",
    "app.example.com",
    "https://app.example.com/",
    "https://*.example.com",
    "null",
    "",
    "https://APP.example.com",
  ])("refuses %p as an origin", (origin) => {
    expect(() => cors({ origin })).toThrow("an allowed origin must be a scheme and a host");
  });
});
