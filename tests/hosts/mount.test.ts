import http from "node:http";
import http2 from "node:http2";
import { ConnectError } from "@connect-ts/runtime";
import { createNodeTransport } from "@connect-ts/runtime/node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { pingService } from "../behaviour/ping-service.js";
import { createPingServiceClient, createPingServiceHandler } from "../gen/src/ping/v1/ping_connect.js";
import { allHosts, hosts, type Listening, type Mounted } from "./hosts.js";

const listening: Listening[] = [];
/** The procedures that ran. */
let ran: string[] = [];

afterEach(async () => {
  for (const host of listening.splice(0)) await host.close();
  ran = [];
});

const service = createPingServiceHandler(pingService(), {
  interceptors: [
    async (call, next) => {
      ran.push(call.spec.procedure);
      await next();
    },
  ],
});

async function start(host: (typeof hosts)[number], mounted: Partial<Mounted>): Promise<string> {
  const [, version, run] = host;
  const started = await run({ service, form: "list", below: "", rewrite: (url) => url, version, ...mounted });
  listening.push(started);
  return started.url;
}

/** Sends a path as it is. */
function post(version: Mounted["version"], origin: string, path: string): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (stream: NodeJS.ReadableStream, status: number, end: () => void): void => {
      stream.on("data", (chunk) => {
        text += chunk;
      });
      stream.on("end", () => {
        end();
        resolve({ status, text });
      });
    };
    if (version === "2") {
      const session = http2.connect(origin);
      session.on("error", reject);
      const stream = session.request({ ":method": "POST", ":path": path, ...headers });
      stream.on("error", reject);
      stream.on("response", ({ ":status": status }) => read(stream, status ?? 0, () => session.close()));
      stream.end("{}");
      return;
    }
    const { port } = new URL(origin);
    const request = http.request({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false }, (response) =>
      read(response, response.statusCode ?? 0, () => undefined),
    );
    request.on("error", reject);
    request.end("{}");
  });
}

const ping = "/ping.v1.PingService/Ping";
const fail = "/ping.v1.PingService/Fail";
/** Hosts that do not say what they took off a URL. */
const tellsNothing = /^(node:|a catch-all)/;
const encoded = ["/ping%2ev1.PingService/Ping", "/ping.v1.PingService/P%69ng"];
const forms = ["pair", "list"] as const;
const places = ["", "/api"] as const;

describe.each(allHosts)("%s over HTTP/%s", (...host) => {
  const [name, version] = host;

  describe.each(forms)("with a %s", (form) => {
    it.each(places)("at %j is reached by a client's baseUrl", async (below) => {
      const url = await start(host, { form, below });
      const transport = createNodeTransport({ baseUrl: url + below, http: version });
      const client = createPingServiceClient(transport);
      expect((await client.ping({ text: "hi" })).text).toBe("hi");
      const numbers: bigint[] = [];
      for await (const { number } of client.countUp({ number: 3n })) numbers.push(number);
      expect(numbers).toEqual([1n, 2n, 3n]);
      const error = await client.fail({ code: 5, message: "no such thing" }).catch(ConnectError.from);
      expect(error).toMatchObject({ code: "not_found", rawMessage: "no such thing" });
      transport.close?.();
    });

    it.each(places)("at %j refuses paths in other forms", async (below) => {
      const url = await start(host, { form, below });
      expect((await post(version, url, `${below}${ping}`)).status).toBe(200);
      ran = [];
      for (const path of [
        `${below}/ping.v1.PingService//Ping`,
        `/${below}${ping}`,
        `${below}/${ping}`,
        `${below}/x${ping}`,
        `${below}${below}${ping}x`,
        `${below}/api${ping}`,
        // Hono hands over what it decoded.
        ...(name.startsWith("Hono") ? [] : encoded.map((path) => below + path)),
        `${below}/ping.v1.PingService%2FPing`,
        `${below}/ping.v1.PingService/Ping/`,
        `${below}/ping.v1.PingService/Ping;a=b`,
        `${below}/ping.v1.PingService;a=b/Ping`,
        `${below}/PING.V1.PingService/Ping`,
        `${below}/ping.v1.PingService/ping`,
        `${below}/ping.v1.PingService/x/../Fail/x`,
        `${below}/x/Ping`,
        `${below}//Ping`,
        // A host that takes nothing off has nothing to do with pairs: what it hands over counts.
        ...(form === "pair" && tellsNothing.test(name) ? [] : ["/Ping"]),
      ]) {
        const { status } = await post(version, url, path);
        expect({ path, status, ran }).toEqual({ path, status: 404, ran: [] });
      }
    });
  });
});

describe.each(hosts)("%s over HTTP/%s routes the URL that it hands over", (...host) => {
  const [, version] = host;

  describe.each(forms)("with a %s", (form) => {
    it.each(places)("below %j, also when middleware rewrote it", async (below) => {
      const url = await start(host, {
        form,
        below,
        rewrite: (path) =>
          path === `${below}/old`
            ? below + ping
            : path === below + ping
              ? below + fail
              : path === below + fail
                ? "/"
                : path,
      });
      expect((await post(version, url, `${below}/old`)).status).toBe(200);
      expect(ran.splice(0)).toEqual([ping]);
      await post(version, url, below + ping);
      expect(ran.splice(0)).toEqual([fail]);
      expect((await post(version, url, below + fail)).status).toBe(404);
      expect(ran).toEqual([]);
    });
  });
});
