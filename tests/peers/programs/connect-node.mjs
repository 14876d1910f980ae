import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { createFileRegistry, fromBinary, fromJson, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient } from "@connectrpc/connect";
import {
  compressionGzip,
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { codes, doJobs, kinds, unpadded } from "./jobs.mjs";

const transports = { connect: createConnectTransport, grpc: createGrpcTransport, "grpc-web": createGrpcWebTransport };

doJobs((schema) => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  const service = registry.getService("ping.v1.PingService");
  const detail = registry.getMessage("ping.v1.FailDetail");
  const clients = new Map();
  return {
    serve: (options, tell) => serve(service, detail, options, tell),
    call(call, signal, onMessage) {
      const { url, wire, compress } = call;
      const key = JSON.stringify([url, wire, compress]);
      let client = clients.get(key);
      if (client === undefined) {
        const transport = transports[wire.protocol]({
          baseUrl: url,
          httpVersion: wire.http,
          useBinaryFormat: wire.codec === "binary",
          ...(wire.get && { useHttpGet: true }),
          acceptCompression: [compressionGzip],
          ...(compress && { sendCompression: compressionGzip, compressMinBytes: 0 }),
        });
        client = createClient(service, transport);
        clients.set(key, client);
      }
      return makeCall(client, service, detail, call, signal, onMessage);
    },
  };
});

async function serve(service, detail, { wire, compress }, tell) {
  const listener = connectNodeAdapter({
    routes: (router) => router.service(service, implementation(detail, tell)),
    acceptCompression: [compressionGzip],
    compressMinBytes: compress ? 0 : 2 ** 30,
  });
  const sessions = new Set();
  const server = wire.http === "2" ? createHttp2Server(listener) : createHttp1Server(listener);
  server.on("session", (session) => sessions.add(session));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    async stop() {
      for (const session of sessions) session.destroy();
      server.closeAllConnections?.();
      server.close();
    },
  };
}

function implementation(detail, tell) {
  const begin = (method, context) => {
    const { requestHeader, responseHeader, responseTrailer, signal } = context;
    const echo = requestHeader.get("x-echo");
    if (echo !== null) responseHeader.set("x-echo", echo);
    const bytes = requestHeader.get("x-echo-bin");
    if (bytes !== null) responseTrailer.set("x-echo-bin", bytes);
    const left = context.timeoutMs();
    if (left !== undefined) responseHeader.set("x-timeout-ms", String(Math.round(left)));
    tell("started", method);
    signal.addEventListener("abort", () => tell("aborted", method));
  };
  return {
    async ping({ number, text, data, any, delayMs }, context) {
      begin("Ping", context);
      // Its own reason, deadline_exceeded for one, and not the timer's AbortError: that would become `internal`.
      await delay(delayMs, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
      return { number, text, data, any };
    },
    fail({ code, message, detail: reason }, context) {
      begin("Fail", context);
      const details = reason === "" ? [] : [{ desc: detail, value: { reason } }];
      throw new ConnectError(message, code, { "x-reason": "asked-for" }, details);
    },
    async sum(requests, context) {
      begin("Sum", context);
      let sum = 0n;
      for await (const { number } of requests) sum += number;
      return { sum };
    },
    async *countUp({ number, padding, failCode }, context) {
      begin("CountUp", context);
      for (let n = 1n; n <= number; n++) yield { number: n, padding };
      if (failCode > 0) throw new ConnectError("counted far enough", failCode);
    },
    async *cumSum(requests, context) {
      begin("CumSum", context);
      let sum = 0n;
      for await (const { number } of requests) {
        sum += number;
        yield { sum };
      }
    },
  };
}

async function makeCall(client, service, detail, call, signal, onMessage) {
  const method = service.methods.find(({ name }) => name === call.method);
  const seen = { messages: [], headers: {}, trailers: {} };
  const requests = call.requests.map((request) => fromJson(method.input, request));
  let answered = () => {};
  const take = (message) => {
    seen.messages.push(toJson(method.output, message));
    onMessage();
    answered();
  };
  const options = {
    signal,
    timeoutMs: call.timeoutMs,
    headers: call.headers,
    onHeader: (headers) => {
      seen.headers = plain(headers);
    },
    onTrailer: (trailers) => {
      seen.trailers = plain(trailers);
    },
  };
  let finish;
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  async function* stream() {
    for (const request of requests) {
      const answer = new Promise((resolve) => {
        answered = resolve;
      });
      yield request;
      if (call.interleave) await answer;
    }
    if (call.leaveOpen) await finished;
  }
  try {
    const kind = kinds[call.method];
    const input = kind === "unary" || kind === "server" ? requests[0] : stream();
    const result = client[method.localName](input, options);
    if (kind === "unary" || kind === "client") take(await result);
    else for await (const message of result) take(message);
  } catch (reason) {
    const error = ConnectError.from(reason);
    seen.trailers = { ...seen.trailers, ...plain(error.metadata) };
    seen.error = {
      code: codes[error.code],
      message: error.rawMessage,
      reasons: error.findDetails(detail).map(({ reason }) => reason),
    };
  } finally {
    finish();
  }
  return seen;
}

function plain(headers) {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, name.endsWith("-bin") ? unpadded(value) : value]),
  );
}
