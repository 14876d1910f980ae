import { fileURLToPath } from "node:url";
import { codeFromNumber } from "@connect-ts/runtime";
import { headerFlags, headerLines, jsonCommand } from "./json-command.js";
import { ourServer } from "./ours.js";
import type { ClientPeer } from "./peer.js";
import { runPairs } from "./run-pairs.js";

const schema = fileURLToPath(new URL("../../../proto", import.meta.url));

interface GrpcError {
  readonly code: number;
  readonly message?: string;
  readonly details?: readonly { readonly "@type": string; readonly reason?: string }[];
}

/** grpc-go's client. */
function grpcurl(): ClientPeer {
  return jsonCommand({
    name: "grpcurl",
    file: "grpcurl",
    lacks: { "compressed requests": "it has no option for it" },
    args: (url, _wire, call) => [
      "-plaintext",
      "-v",
      "-format-error",
      ...["-import-path", schema],
      ...["-proto", "ping/v1/ping.proto"],
      ...(call.timeoutMs === undefined ? [] : ["-max-time", String(call.timeoutMs / 1000)]),
      ...headerFlags(call),
      ...["-d", "@"],
      new URL(url).host,
      `ping.v1.PingService/${call.method}`,
    ],
    read(stdout, stderr, status) {
      const headers = section(stdout, "Response headers received:");
      const trailers = section(stdout, "Response trailers received:");
      if (status === 0) return { headers, trailers };
      const { code, message = "", details = [] } = JSON.parse(stderr) as GrpcError;
      const reasons = details.map(({ reason = "" }) => reason);
      return { headers, trailers, error: { code: codeFromNumber(code) ?? "unknown", message, reasons } };
    },
  });
}

/** The lines from a title to the next empty one. */
function section(text: string, title: string): Record<string, string> {
  const lines = text.split("\n");
  const start = lines.indexOf(title);
  return start < 0 ? {} : headerLines(lines.slice(start + 1, lines.indexOf("", start)));
}

runPairs([{ client: grpcurl, server: ourServer, wire: { protocol: "grpc", codec: "binary", http: "2" } }]);
