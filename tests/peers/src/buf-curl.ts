import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Code } from "@connect-ts/runtime";
import { headerFlags, headerLines, jsonCommand } from "./json-command.js";
import type { ClientPeer, Feature, Wire } from "./peer.js";

/** The program itself, not the script that waits for it: that one leaves it running when it is killed. */
export function bufProgram(): string {
  const { platform, arch } = process;
  const cpu = platform === "linux" && arch === "arm64" ? "aarch64" : arch;
  const buf = createRequire(import.meta.url).resolve("@bufbuild/buf/package.json");
  return createRequire(buf).resolve(`@bufbuild/buf-${platform}-${cpu}/bin/buf`);
}

const schema = fileURLToPath(new URL("../../../proto", import.meta.url));

interface BufError {
  readonly code: Code;
  readonly message?: string;
  readonly details?: readonly { readonly type: string; readonly value: string }[];
}

/** `buf curl`: connect-go's client. */
export function bufCurl(): ClientPeer {
  return jsonCommand({
    name: "buf curl",
    file: bufProgram(),
    lacks: { "compressed requests": "it has no option for it" },
    args: (url, { protocol, http }, call) => [
      "curl",
      "--verbose",
      ...["--schema", schema],
      ...["--protocol", protocol.replace("-", "")],
      ...(http === "2" ? ["--http2-prior-knowledge"] : []),
      ...(call.timeoutMs === undefined ? [] : ["--timeout", `${call.timeoutMs}ms`]),
      ...headerFlags(call),
      ...["--data", "@-"],
      `${url}/ping.v1.PingService/${call.method}`,
    ],
    read(_stdout, stderr, status) {
      const lines = stderr.split("\n").flatMap((line) => /^buf: < \(#1\) ?(.*)$/.exec(line)?.slice(1) ?? []);
      // Headers, an empty line, and for gRPC another one and trailers.
      const end = lines.indexOf("");
      const all = headerLines(lines.slice(0, end));
      const isTrailer = ([name]: readonly [string, string]) => name.startsWith("trailer-");
      const headers = Object.fromEntries(Object.entries(all).filter((header) => !isTrailer(header)));
      const inHead = Object.entries(all)
        .filter(isTrailer)
        .map(([name, value]) => [name.slice(8), value]);
      const trailers = { ...Object.fromEntries(inHead), ...headerLines(lines.slice(end + 1)) };
      if (status === 0) return { headers, trailers };
      const json = /^\{[\s\S]*^\}$/m.exec(stderr)?.[0];
      if (json === undefined) throw new Error(`buf curl fails otherwise than by an RPC's error: ${stderr}`);
      const { code, message = "", details = [] } = JSON.parse(json) as BufError;
      const reasons = details.map(({ value }) => readReason(value));
      return { headers, trailers, error: { code, message, reasons } };
    },
  });
}

/** Over Connect and gRPC-Web it prints the headers, and not the trailers at the end of a stream's body. */
export function bufLacks({ protocol, http }: Wire): Partial<Record<Feature, string>> {
  return {
    ...(protocol !== "grpc" && { "response metadata": "it prints no trailers that are in the body" }),
    ...(http === "1.1" && { bidi: "it wants HTTP/2 for that" }),
  };
}

/** The field `reason`, number 1, of a `ping.v1.FailDetail`. */
function readReason(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  return bytes.subarray(2, 2 + (bytes[1] ?? 0)).toString();
}
