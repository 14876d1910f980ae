import { createRequire } from "node:module";
import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { codes, doJobs, kinds, unpadded } from "./jobs.mjs";
import { readReasons } from "./status-details.mjs";

const require = createRequire(import.meta.url);
// grpc-web is made for browsers.
globalThis.XMLHttpRequest = require("xhr2");
const { GrpcWebClientBase, MethodDescriptor } = require("grpc-web");

doJobs((schema) => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  const service = registry.getService("ping.v1.PingService");
  return { call: (call, signal, onMessage) => makeCall(service, call, signal, onMessage) };
});

function makeCall(service, call, signal, onMessage) {
  const method = service.methods.find(({ name }) => name === call.method);
  const streaming = kinds[call.method] === "server";
  const path = `/${service.typeName}/${method.name}`;
  const descriptor = new MethodDescriptor(
    path,
    streaming ? "server_streaming" : "unary",
    Object,
    Object,
    (message) => toBinary(method.input, message),
    (bytes) => fromBinary(method.output, bytes),
  );
  const metadata = { ...call.headers };
  if (call.timeoutMs !== undefined) metadata.deadline = String(Date.now() + call.timeoutMs);
  const client = new GrpcWebClientBase({ format: call.wire.protocol === "grpc-web-text" ? "text" : "binary" });
  const request = fromJson(method.input, call.requests[0]);
  const seen = { messages: [], headers: {}, trailers: {} };
  const take = (message) => {
    seen.messages.push(toJson(method.output, message));
    onMessage();
  };
  return new Promise((resolve) => {
    const url = `${call.url}${path}`;
    const fail = (error) => {
      seen.error ??= { code: codes[error.code], message: error.message, reasons: reasons(error) };
      seen.trailers = { ...seen.trailers, ...plain(error.metadata) };
    };
    const stream = streaming
      ? client.serverStreaming(url, request, metadata, descriptor)
      : client.rpcCall(url, request, metadata, descriptor, (error, message) => {
          if (error) fail(error);
          else take(message);
          finish();
        });
    // Metadata and status of a unary call come after its callback.
    const finish = () => setTimeout(() => resolve(seen), 20);
    stream.on("metadata", (headers) => {
      seen.headers = plain(headers);
    });
    stream.on("status", ({ metadata: trailers }) => {
      seen.trailers = { ...seen.trailers, ...plain(trailers) };
    });
    if (streaming) {
      stream.on("data", take);
      stream.on("error", (error) => {
        fail(error);
        finish();
      });
      stream.on("end", finish);
    }
    signal.addEventListener("abort", () => {
      stream.cancel();
      seen.error = { code: "canceled", message: "", reasons: [] };
      finish();
    });
  });
}

function reasons({ code, message, metadata }) {
  const value = metadata?.["grpc-status-details-bin"];
  return value === undefined ? [] : readReasons(Buffer.from(value, "base64"), code, message);
}

function plain(metadata = {}) {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, name.endsWith("-bin") ? unpadded(value) : value]),
  );
}
