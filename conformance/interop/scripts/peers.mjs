// Who takes part: how the programs are run, and which cases they cannot do, with the reason.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installGo } from "../../scripts/lib.mjs";
import { packageDir, program } from "./build.mjs";
import { compressionCases } from "./cases.mjs";

const node = (name, ...args) => [process.execPath, "--enable-source-maps", program(name), ...args];
const certificates = join(packageDir, ".cache", "certificates");
/** Where a client finds its server, for all of them. */
const target = ({ port, testCase }) => [
  "--server_host=127.0.0.1",
  `--server_port=${port}`,
  `--test_case=${testCase}`,
  "--soak_iterations=50",
];
const clientTls = ({ tls }) =>
  tls ? ["--use_tls=true", `--ca_file=${join(certificates, "ca.pem")}`, "--server_host_override=localhost"] : [];
const serverTls = ({ tls }) =>
  tls
    ? [
        "--use_tls=true",
        `--tls_cert_file=${join(certificates, "server.pem")}`,
        `--tls_key_file=${join(certificates, "server.key")}`,
      ]
    : [];
const listening = /listening on port (\d+)/;
const lack = (reason, ...cases) => cases.map((name) => [name, reason]);

/** Nobody caches a POST. */
const onlyGet = lack("gRPC and gRPC-Web have no GET, which caches want", "cacheable_unary");

export const ours = {
  name: "ours",
  client: (options) => node("client", ...target(options), ...clientTls(options), `--protocol=${options.protocol}`),
  server: (options) => ({ command: node("server", ...serverTls(options)), listening }),
  clientLacks: new Map(),
  serverLacks: new Map(),
};

/** Between a client and our server, for `cacheable_unary`. */
export const cachingProxy = (port) => ({ command: node("caching-proxy", `--server_port=${port}`), listening });

export const http2Server = (testCase) => ({ command: node("http2-server", `--test_case=${testCase}`), listening });

export const grpcJs = {
  name: "grpc-js",
  client: (options) => node("grpc-js-client", ...target(options), ...clientTls(options)),
  server: (options) => ({ command: node("grpc-js-server", ...serverTls(options)), listening }),
  clientLacks: new Map(
    lack("does not tell whether a message came compressed", "server_compressed_unary", "server_compressed_streaming"),
  ),
  serverLacks: new Map([
    ...lack(
      "does not tell whether a message came compressed",
      "client_compressed_unary",
      "client_compressed_streaming",
    ),
    ...lack("its server does not compress", "server_compressed_unary", "server_compressed_streaming"),
  ]),
};

const goVersion = "v1.84.0";
const goProgram = (name) => installGo(`google.golang.org/grpc/interop/${name}`, goVersion, `grpc-interop-${name}`);

export const go = {
  name: "Go",
  missing: () =>
    spawnSync("go", ["version"]).status === 0
      ? undefined
      : "Go 1.25 or newer: https://go.dev/dl/, with `go` on the PATH",
  install() {
    for (const name of ["client", "server", "http2"]) goProgram(name);
  },
  client: (options) => [
    goProgram("client"),
    ...target(options),
    ...clientTls(options),
    ...(options.tls ? ["--use_test_ca=true"] : []),
    // A machine that is busy is no error.
    "--soak_per_iteration_max_acceptable_latency_ms=20000",
    "--soak_overall_timeout_seconds=100",
  ],
  http2Client: ({ port, testCase }) => [
    goProgram("http2"),
    "--server_host=127.0.0.1",
    `--server_port=${port}`,
    `--test_case=${testCase}`,
  ],
  server: (options) => ({
    command: [goProgram("server"), "--port=0", ...serverTls(options)],
    env: { GRPC_GO_LOG_SEVERITY_LEVEL: "info" },
    listening: /interop server listening on \S*:(\d+)/,
  }),
  clientLacks: new Map([
    ...lack("its client has no such case", ...compressionCases, "concurrent_large_unary"),
    ...lack("its client has no such case", "data_frame_padding", "no_df_padding_sanity_test"),
    // rpc_util.go maps io.ErrUnexpectedEOF to INTERNAL, as PROTOCOL-HTTP2 maps NO_ERROR; the case was not brought up to date.
    ...lack("its case wants UNKNOWN, where its library gives INTERNAL", "rst_during_data"),
  ]),
  serverLacks: new Map(lack("its server has no compression installed", ...compressionCases)),
};

// Not the `python3` of the PATH: the modules are Debian's.
const python = (name, ...args) => ["/usr/bin/python3", "-B", join(packageDir, "python", `${name}.py`), ...args];

export const grpcio = {
  name: "grpcio",
  missing: () =>
    spawnSync("/usr/bin/python3", ["-c", "import grpc, google.protobuf"]).status === 0
      ? undefined
      : "grpcio: apt-get install python3-grpcio python3-protobuf",
  client: (options) => python("client", ...target(options)),
  server: () => ({ command: python("server"), listening }),
  clientLacks: new Map([
    ...lack(
      "does not tell whether a message came compressed",
      "server_compressed_unary",
      "server_compressed_streaming",
    ),
    ...lack("its client compresses all messages of a stream or none", "client_compressed_streaming"),
    ...lack("refuses padded DATA frames: `unsupported data flags: 0x08`", "data_frame_padding"),
  ]),
  serverLacks: new Map(
    lack("does not tell whether a message came compressed", "client_compressed_unary", "client_compressed_streaming"),
  ),
};

/** Columns of the matrix. */
export const columns = [
  { client: ours, server: ours, protocol: "connect" },
  { client: ours, server: ours, protocol: "grpc", lacks: new Map(onlyGet) },
  { client: ours, server: ours, protocol: "grpc-web", lacks: new Map(onlyGet) },
  ...[
    [ours, grpcJs],
    [grpcJs, ours],
    [ours, go],
    [go, ours],
    [ours, go, "tls"],
    [go, ours, "tls"],
    [ours, grpcio],
    [grpcio, ours],
  ].map(([client, server, tls]) => ({
    client,
    server,
    protocol: "grpc",
    tls: tls !== undefined,
    lacks: new Map(onlyGet),
  })),
];

/** Columns of the matrix of the negative HTTP/2 cases: they have a server of their own. */
export const http2Clients = [ours, grpcJs, go, grpcio];

const protocolNames = { connect: "Connect", grpc: "gRPC", "grpc-web": "gRPC-Web" };

export function titleOf({ client, server, protocol, tls }) {
  const how = client === ours && server === ours ? `, ${protocolNames[protocol]}` : tls ? ", TLS" : "";
  return `${client.name} → ${server.name}${how}`;
}

/** Why a column cannot have a case; `undefined` when it can. */
export function lackOf({ client, server, lacks }, testCase) {
  const clientLack = client.clientLacks.get(testCase);
  if (clientLack !== undefined) return `${client.name}: ${clientLack}`;
  const serverLack = server?.serverLacks.get(testCase);
  if (serverLack !== undefined) return `${server.name}: ${serverLack}`;
  return lacks?.get(testCase);
}
