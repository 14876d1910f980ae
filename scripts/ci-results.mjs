// What the test runners wrote about a step of .ci/run, each in a file of jest's form:
//   node scripts/ci-results.mjs count <file...>    prints how many tests passed, and how many failed
//   node scripts/ci-results.mjs names <file...>    names those that failed, a line each that ends with the beginning of what it said
//   node scripts/ci-results.mjs again <file...>    prints the test files to run once more, a line each: none when more tests failed than a
//                                                  moment of a machine can explain
import { readFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { pathToFileURL } from "node:url";

/** So many failed tests may be the machine's; more are not. */
const mostUnsteady = 3;
const mostNamed = 5;

/** Reads a file of results; one that is not there is a run that ended without any. */
export function read(file) {
  try {
    return { file, ...JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    return { file, numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1, testResults: [] };
  }
}

export function count(runs) {
  const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);
  return {
    passed: sum(runs.map((run) => run.numPassedTests)),
    failed: sum(runs.map((run) => run.numFailedTests + run.numRuntimeErrorTestSuites)),
  };
}

export function names(runs) {
  return runs.flatMap((run) => {
    const of = basename(run.file, ".json");
    if (run.testResults.length === 0 && count([run]).failed > 0) return [line(of, "wrote no results")];
    return run.testResults.flatMap((file) => namesIn(of, file));
  });
}

function namesIn(of, file) {
  const path = relative("", file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) return file.status === "failed" ? [line(of, path, file.message)] : [];
  const named = failed.slice(0, mostNamed).map((test) => {
    return line(of, path, test.fullName, test.failureMessages.join(" ").slice(0, 300));
  });
  const more = failed.length - named.length;
  return more > 0 ? [...named, line(of, path, `and ${more} more`)] : named;
}

function line(...parts) {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");
  return parts.join(": ").replace(escapes, "").replace(/\s+/g, " ").slice(0, 400);
}

export function again(runs) {
  const failed = runs.flatMap((run) => run.testResults).filter((file) => file.status === "failed");
  const known = runs.every((run) => run.testResults.length > 0 || count([run]).failed === 0);
  return known && count(runs).failed <= mostUnsteady ? [...new Set(failed.map((file) => relative("", file.name)))] : [];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [command, ...files] = process.argv.slice(2);
  const runs = files.map(read);
  const { passed, failed } = count(runs);
  const lines = { count: () => [`${passed} ${failed}`], names: () => names(runs), again: () => again(runs) }[command]();
  for (const text of lines) console.log(text);
}
