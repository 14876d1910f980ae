import { runNodeJs } from "@bufbuild/protoplugin";
import { check } from "./check/check.js";
import { protocGenConnectTs } from "./plugin.js";

const [command, ...args] = process.argv.slice(2);
if (command === "--check") {
  process.exitCode = check(args);
} else {
  runNodeJs(protocGenConnectTs);
}
