// Writes the API of each entry point of the published packages to <package>/etc/<entry>.api.md, for review; of the packages
// whose folders are named, or of all. With `--check`: fails when a report does not say what the code does now. Either way it
// fails when a public declaration names a type that no entry point exports. Prints how many names each entry point has.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { exportedNames, mustRun, publicPackages, report, root } from "./lib.mjs";

/** One analysis for all entry points: most of what they are made of is the same. */
let compilerState;

const check = process.argv.includes("--check");
const problems = [];

const wanted = process.argv.slice(2).filter((argument) => argument !== "--check");
const packages = publicPackages().filter(({ dir }) => wanted.length === 0 || wanted.includes(dir.split("/").at(-1)));
if (packages.length < wanted.length) throw new Error(`no such packages in packages/: ${wanted}`);

mustRun(process.execPath, ["scripts/ensure-built.mjs", ...packages.map(({ dir }) => dir)]);
const work = packages.map(({ dir, manifest }) => ({ dir, reports: reportsOf(dir, manifest) }));
const allDeclarations = work.flatMap(({ reports }) => reports.map(({ declarations }) => declarations));
for (const { dir, reports } of work) {
  mkdirSync(`${root}${dir}/etc`, { recursive: true });
  const forgotten = new Set();
  for (const { declarations, name } of reports) {
    if (!write(dir, declarations, name, forgotten))
      problems.push(`${dir}/etc/${name} is out of date: run \`pnpm api\``);
  }
  for (const { name } of reports) {
    const names = exportedNames(readFileSync(`${root}${dir}/etc/${name}`, "utf8"));
    console.log(`${dir}/etc/${name}: ${names.length} names`);
  }
  const exported = reports.map(({ name }) => readFileSync(`${root}${dir}/etc/${name}`, "utf8")).join("\n");
  for (const symbol of forgotten) {
    const declaration = new RegExp(`^export (?:declare |abstract )?(?:\\w+ ${symbol}\\b|\\{ ${symbol} \\})`, "m");
    if (!declaration.test(exported)) problems.push(`${dir}: no entry point exports ${symbol}, which declarations name`);
  }
  for (const name of readdirSync(`${root}${dir}/etc`)) {
    if (reports.some((known) => known.name === name)) continue;
    if (check) problems.push(`${dir}/etc/${name} belongs to no entry point`);
    else rmSync(`${root}${dir}/etc/${name}`);
  }
}
report("API reports", problems);

function reportsOf(dir, manifest) {
  const entries = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target === "object");
  return entries.map(([entry, target]) => ({
    declarations: declarationsOf(root + dir, target.import.types ?? target.import.replace(/\.js$/, ".d.ts")),
    name: `${entry === "." ? manifest.name.split("/").at(-1) : entry.slice(2).replaceAll("/", "-")}.api.md`,
  }));
}

/** What `tsc` wrote for a door, which leads to the lines of the sources: published as it is, or bundled. */
function declarationsOf(packageDir, published) {
  const inTree = `${packageDir}/${published.replace("/dist/esm/", "/dist/tree/")}`;
  const candidates = [inTree, inTree.replace(/\.d\.ts$/, "/index.d.ts"), `${packageDir}/${published}`];
  return candidates.find((file) => existsSync(file));
}

/** Writes or compares one report; false when they differ. */
function write(dir, declarations, reportFileName, forgotten) {
  const packageDir = root + dir;
  const off = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      projectFolder: packageDir,
      mainEntryPointFilePath: declarations,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2022",
            lib: ["es2022", "dom", "dom.iterable", "esnext.disposable"],
            module: "nodenext",
            moduleResolution: "nodenext",
            types: ["node"],
            strict: true,
          },
          include: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName,
        reportFolder: `${packageDir}/etc`,
        reportTempFolder: `${root}.cache/api`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error, addToApiReportFile: false } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
          "ae-missing-release-tag": off,
          // One entry point may name what another exports: that is checked over all of them.
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: false },
          "ae-unresolved-link": off,
        },
        tsdocMessageReporting: { default: off },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${packageDir}/package.json`,
  });
  compilerState ??= CompilerState.create(extractorConfig, { additionalEntryPoints: allDeclarations });
  const existed = existsSync(`${packageDir}/etc/${reportFileName}`);
  const result = Extractor.invoke(extractorConfig, {
    compilerState,
    localBuild: !check,
    messageCallback(message) {
      if (message.messageId === "ae-forgotten-export") forgotten.add(/"(.+?)"/.exec(message.text)[1]);
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (check) return existed && !result.apiReportChanged && result.errorCount === 0;
  return result.errorCount === 0;
}
