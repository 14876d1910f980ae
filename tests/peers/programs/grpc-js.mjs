import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { codes, doJobs, kinds, unpadded } from "./jobs.mjs";
import { readReasons, statusWithReason } from "./status-details.mjs";

const gzip = grpc.compressionAlgorithms.gzip;

doJobs((schema) => {
  const all = protoLoader.loadFileDescriptorSetFromBuffer(schema, { longs: String, bytes: String });
  const definition = all["ping.v1.PingService"];
  const clients = new Map();
  return {
    serve: (options, tell) => serve(all, definition, options, tell),
    call(call, signal, onMessage) {
      const key = `${call.url} ${call.compress}`;
      let client = clients.get(key);
      if (client === undefined) {
        client = new grpc.Client(new URL(call.url).host, grpc.credentials.createInsecure(), {
          ...(call.compress && { "grpc.default_compression_algorithm": gzip }),
        });
        clients.set(key, client);
      }
      return makeCall(client, definition[call.method], call, signal, onMessage);
    },
  };
});

async function serve(all, definition, { compress }, tell) {
  const server = new grpc.Server(compress ? { "grpc.default_compression_algorithm": gzip } : {});
  server.addService(definition, service(tell));
  new ReflectionService(all).addToServer(server);
  const port = await new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: async () => server.forceShutdown() };
}

function service(tell) {
  const begin = (method, call) => {
    const headers = new grpc.Metadata();
    for (const value of call.metadata.get("x-echo")) headers.add("x-echo", value);
    const deadline = call.getDeadline();
    if (Number.isFinite(Number(deadline))) headers.set("x-timeout-ms", String(Number(deadline) - Date.now()));
    call.sendMetadata(headers);
    tell("started", method);
    call.on("cancelled", () => tell("aborted", method));
    const trailers = new grpc.Metadata();
    for (const value of call.metadata.get("x-echo-bin")) trailers.add("x-echo-bin", value);
    return trailers;
  };
  return {
    Ping(call, callback) {
      const trailers = begin("Ping", call);
      const { delay_ms: delay = 0, ...answer } = call.request;
      const timer = setTimeout(() => callback(null, answer, trailers), delay);
      call.on("cancelled", () => clearTimeout(timer));
    },
    Fail(call, callback) {
      const metadata = begin("Fail", call);
      metadata.set("x-reason", "asked-for");
      const { code, message = "", detail } = call.request;
      if (detail) metadata.set("grpc-status-details-bin", statusWithReason(code, message, detail));
      callback({ code, details: message, metadata });
    },
    Sum(call, callback) {
      const trailers = begin("Sum", call);
      let sum = 0n;
      call.on("data", ({ number = 0 }) => {
        sum += BigInt(number);
      });
      call.on("end", () => callback(null, { sum: String(sum) }, trailers));
    },
    async CountUp(call) {
      const trailers = begin("CountUp", call);
      const { number = 0, padding, fail_code: code } = call.request;
      for (let n = 1; n <= Number(number) && !call.cancelled; n++) {
        if (!call.write({ number: String(n), padding })) await drained(call);
      }
      if (code) call.emit("error", { code, details: "counted far enough", metadata: trailers });
      else call.end(trailers);
    },
    CumSum(call) {
      const trailers = begin("CumSum", call);
      let sum = 0n;
      call.on("data", ({ number = 0 }) => {
        sum += BigInt(number);
        call.write({ sum: String(sum) });
      });
      call.on("end", () => call.end(trailers));
    },
  };
}

function drained(call) {
  return new Promise((resolve) => {
    call.once("drain", resolve);
    call.once("cancelled", resolve);
  });
}

function makeCall(client, method, call, signal, onMessage) {
  const requests = call.requests.map(withSnakeCase);
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    metadata.set(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  }
  const options = call.timeoutMs === undefined ? {} : { deadline: Date.now() + call.timeoutMs };
  return new Promise((resolve) => {
    const messages = [];
    let headers = {};
    const kind = kinds[call.method];
    const { path, requestSerialize, responseDeserialize } = method;
    const args = [path, requestSerialize, responseDeserialize];
    const onResponse = (error, message) => {
      if (error === null) take(message);
    };
    let next = 0;
    const take = (message) => {
      messages.push(message);
      onMessage();
      if (call.interleave) sendNext();
    };
    const sendNext = () => {
      if (next < requests.length) stream.write(requests[next++]);
      else if (!call.leaveOpen) stream.end();
    };
    const stream =
      kind === "unary"
        ? client.makeUnaryRequest(...args, requests[0], metadata, options, onResponse)
        : kind === "server"
          ? client.makeServerStreamRequest(...args, requests[0], metadata, options)
          : kind === "client"
            ? client.makeClientStreamRequest(...args, metadata, options, onResponse)
            : client.makeBidiStreamRequest(...args, metadata, options);
    stream.on("metadata", (got) => {
      headers = plain(got);
    });
    stream.on("status", ({ code, details, metadata: trailers }) => {
      // Messages are handed out before the status, but a unary one's callback comes after it.
      setImmediate(() => resolve(outcome(messages, headers, code, details, trailers)));
    });
    if (kind === "server" || kind === "bidi") {
      stream.on("data", take);
      stream.on("error", () => {});
    }
    signal.addEventListener("abort", () => stream.cancel());
    if (kind === "client" || kind === "bidi") {
      if (call.interleave) sendNext();
      else {
        for (const request of requests) stream.write(request);
        if (!call.leaveOpen) stream.end();
      }
    }
  });
}

/** proto-loader gives fields from a descriptor the names that they have there. */
function withSnakeCase(message) {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function outcome(messages, headers, code, message, metadata) {
  const error = code === 0 ? undefined : { code: codes[code], message, reasons: reasons(metadata, code, message) };
  return { messages, headers, trailers: plain(metadata), error };
}

function reasons(metadata, code, message) {
  const [bytes] = metadata.get("grpc-status-details-bin");
  return bytes === undefined ? [] : readReasons(bytes, code, message);
}

function plain(metadata) {
  const all = {};
  for (const [name, value] of Object.entries(metadata.getMap())) {
    all[name] = typeof value === "string" ? value : unpadded(value.toString("base64"));
  }
  return all;
}
