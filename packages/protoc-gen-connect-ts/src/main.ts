// The program: what the bin loads.
import { runNodeJs } from "@bufbuild/protoplugin";
import { check } from "./check/check.js";
import { protocGenConnectTs } from "./plugin.js";
import { usage } from "./usage.js";

// @bufbuild/protoplugin sorts imports by the locale of the machine, and others sort "aa" or "z" elsewhere than English
// does. The same schema must give the same bytes everywhere; this process does nothing else with locales.
const english = new Intl.Collator("en");
Object.defineProperty(String.prototype, "localeCompare", {
  value(this: string, other: string): number {
    return english.compare(this, other);
  },
});

const [command, ...args] = process.argv.slice(2);
if (command === "--check") {
  process.exitCode = check(args);
} else if (command === "--help" || command === "-h") {
  process.stdout.write(usage);
} else {
  runNodeJs(protocGenConnectTs);
}
