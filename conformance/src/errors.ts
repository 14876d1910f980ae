// A file of its own: the client's and the server's program use it.
import { ConnectError, codeFromNumber, codeNumber } from "@connect-ts/runtime";
import type { Code } from "#gen/connectrpc/conformance/v1/config_pb.js";
import type { ErrorInit } from "#gen/connectrpc/conformance/v1/service_init.js";
import type { Error as ProtoError } from "#gen/connectrpc/conformance/v1/service_pb.js";

const typeUrlPrefix = "type.googleapis.com/";

/** The error of a call, for the runner. */
export function protoError(reason: unknown): ErrorInit {
  const { code, rawMessage, details } = ConnectError.from(reason);
  return {
    // The suite's enum has gRPC's numbers.
    code: codeNumber(code) as Code,
    message: rawMessage,
    details: details.map(({ type, value }) => ({ typeUrl: typeUrlPrefix + type, value })),
  };
}

/** The error that the runner asks a handler for. */
export function connectError({ code, message, details }: ProtoError): ConnectError {
  return new ConnectError(codeFromNumber(code) ?? "unknown", message, {
    details: details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value })),
  });
}
