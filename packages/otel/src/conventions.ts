import { type Call, type Code, codeNumber } from "@connect-ts/runtime";
import type { Attributes } from "@opentelemetry/api";

/** What is said of a call under the names of before v1.38 of the conventions, for `rpc/dup`. */
export type Names = "stable" | "both";

/** How long calls take, in seconds: what the conventions advise. */
export const durationBuckets: number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** On a server an error is what the server is to blame for; on a client whatever is not a success. */
const serverErrors: ReadonlySet<Code> = new Set([
  "unknown",
  "deadline_exceeded",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
]);

/** Whether a call that ended with this code has failed, as the conventions see it. */
export function isFailure({ side }: Call, code: Code): boolean {
  return side === "client" || serverErrors.has(code);
}

/** The RPC's name without the slash in front: `"acme.v1.Shop/Buy"`. */
export function methodOf({ spec }: Call): string {
  return spec.procedure.slice(1);
}

function isGrpc({ peer }: Call): boolean {
  return peer.protocol === "grpc" || peer.protocol === "grpc-web";
}

function systemOf(call: Call): string {
  if (isGrpc(call)) return "grpc";
  return call.peer.protocol === "connect" ? "connectrpc" : call.peer.protocol;
}

/** `"DEADLINE_EXCEEDED"` in gRPC, `"deadline_exceeded"` in Connect, where a success has no code. */
function statusCode(call: Call, status: "ok" | Code): string | undefined {
  if (!isGrpc(call)) return status === "ok" ? undefined : status;
  return status === "canceled" ? "CANCELLED" : status.toUpperCase();
}

/** What is known when a call begins: samplers see it. */
export function startAttributes(call: Call, names: Names): Attributes {
  const attributes: Attributes = {
    "rpc.system.name": systemOf(call),
    "rpc.method": methodOf(call),
    "connect_ts.protocol": call.peer.protocol,
    ...endpoint("server", call.side === "client" ? call.peer.address : hostOf(call.url)),
  };
  if (call.side === "handler") {
    Object.assign(attributes, endpoint("client", call.peer.address), network(call));
  }
  if (names === "both") Object.assign(attributes, { "rpc.system": oldSystem(call), "rpc.service": serviceOf(call) });
  return attributes;
}

/** What is known when a call has ended. */
export function endAttributes(call: Call, status: "ok" | Code, names: Names): Attributes {
  const { stats, side } = call;
  const attributes: Attributes = {
    ...outcome(call, status),
    ...(side === "client" ? network(call) : undefined),
    "connect_ts.request.messages": stats.requestMessages,
    "connect_ts.request.bytes": stats.requestBytes,
    "connect_ts.response.messages": stats.responseMessages,
    "connect_ts.response.bytes": stats.responseBytes,
  };
  return names === "both" ? Object.assign(attributes, oldOutcome(call, status), oldNetwork(call)) : attributes;
}

/** What a duration is measured by: nothing that a peer could make new values of. */
export function metricAttributes(call: Call, status: "ok" | Code, start: Attributes): Attributes {
  return {
    "rpc.system.name": start["rpc.system.name"],
    "rpc.method": start["rpc.method"],
    ...outcome(call, status),
    ...serverOf(call, start),
  };
}

/** The same under the names of before. */
export function oldMetricAttributes(call: Call, status: "ok" | Code | undefined, start: Attributes): Attributes {
  const method = methodOf(call);
  return {
    "rpc.system": oldSystem(call),
    "rpc.service": serviceOf(call),
    "rpc.method": method.slice(method.lastIndexOf("/") + 1),
    ...(status === undefined ? undefined : oldOutcome(call, status)),
    ...oldNetwork(call),
    ...serverOf(call, start),
  };
}

/** The server as a client's configuration has it. On a server it is what a client has written, which may be anything. */
function serverOf({ side }: Call, start: Attributes): Attributes {
  if (side === "handler") return {};
  const { "server.address": address, "server.port": port } = start;
  return port === undefined ? { "server.address": address } : { "server.address": address, "server.port": port };
}

/** The code has two names: that of the stable conventions, and that of v1.39 to v1.44, which others still send and dashboards read. */
function outcome(call: Call, status: "ok" | Code): Attributes {
  const code = statusCode(call, status);
  if (code === undefined) return {};
  const codes = { "rpc.status_code": code, "rpc.response.status_code": code };
  return status === "ok" || !isFailure(call, status) ? codes : { ...codes, "error.type": code };
}

/** The other end of the connection. Adapters that do not tell the HTTP version do not know it. */
function network({ peer }: Call): Attributes {
  if (peer.httpVersion === undefined) return {};
  return {
    "network.protocol.name": "http",
    "network.protocol.version": peer.httpVersion,
    ...(peer.address === "unix" ? undefined : endpoint("network.peer", peer.address)),
  };
}

function endpoint(prefix: string, address: string | undefined): Attributes {
  if (address === undefined || address === "") return {};
  const port = /:(\d+)$/.exec(address);
  const host = port === null ? address : address.slice(0, port.index);
  const attributes: Attributes = { [`${prefix}.address`]: host.replace(/^\[(.*)\]$/, "$1") };
  if (port !== null) attributes[`${prefix}.port`] = Number(port[1]);
  return attributes;
}

/** What the client wrote as the server's name: `:authority`, or the header `host`. */
function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : /^[a-z-]+:\/\/([^/]*)/.exec(url)?.[1];
}

// -------------------------------------------------------------- the names of before

function serviceOf(call: Call): string {
  const method = methodOf(call);
  return method.slice(0, method.lastIndexOf("/"));
}

function oldSystem(call: Call): string {
  return isGrpc(call) ? "grpc" : "connect_rpc";
}

function oldOutcome(call: Call, status: "ok" | Code): Attributes {
  if (isGrpc(call)) return { "rpc.grpc.status_code": status === "ok" ? 0 : codeNumber(status) };
  if (status === "ok") return {};
  return { "rpc.connect_rpc.error_code": status === "canceled" ? "cancelled" : status };
}

function oldNetwork({ peer }: Call): Attributes {
  if (peer.httpVersion === undefined) return {};
  if (peer.address === "unix") return { "network.transport": "unix" };
  return { "network.transport": "tcp", "network.type": peer.address.startsWith("[") ? "ipv6" : "ipv4" };
}

/** How a recorded header is named: `rpc.request.header.x`, and of old `rpc.grpc.request.metadata.x`. */
export function headerNames(
  call: Call,
  where: "request.header" | "response.header" | "response.trailer",
  names: Names,
): string[] {
  if (names === "stable") return [`rpc.${where}.`];
  const direction = where === "request.header" ? "request" : "response";
  return [`rpc.${where}.`, `rpc.${oldSystem(call)}.${direction}.metadata.`];
}
