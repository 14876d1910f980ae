import { readArguments } from "../arguments.js";
import { cancelCases } from "./cancel.js";
import { compressionCases } from "./compression.js";
import { http2Cases } from "./http2.js";
import { loadCases } from "./load.js";
import { metadataCases } from "./metadata.js";
import { statusCases } from "./status.js";
import { streamingCases } from "./streaming.js";
import { Target } from "./target.js";
import { unaryCases } from "./unary.js";

const cases = new Map(
  Object.entries({
    ...unaryCases,
    ...streamingCases,
    ...metadataCases,
    ...statusCases,
    ...cancelCases,
    ...compressionCases,
    ...loadCases,
    ...http2Cases,
  }),
);

const flags = readArguments({
  server_host: "localhost",
  server_host_override: "",
  server_port: "8080",
  test_case: "",
  use_tls: "false",
  ca_file: "",
  protocol: "grpc",
  soak_iterations: "10",
});
const run = cases.get(flags.test_case);
if (run === undefined) {
  console.error(`--test_case is one of ${[...cases.keys()].join(", ")}`);
  process.exit(2);
}
await run(new Target(flags));
