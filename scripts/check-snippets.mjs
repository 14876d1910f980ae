// Code blocks of the documents are parts of programs that are compiled and run. A block after
//   <!-- snippet: examples/eliza/src/client.ts#call -->
// is the region `// #region call` ... `// #endregion` of that file, or without `#call` the whole file.
// A block of code without such a line is a problem; one of a shell or of text is none.
// `--write` brings the blocks up to date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { listFiles, report, root } from "./lib.mjs";

const write = process.argv.includes("--write");
const marked = /(<!-- snippet: ([^\s#]+)(?:#(\S+))? -->\n+)```(\w*)\n([\s\S]*?)```/g;
const markers = /<!-- snippet:/g;
/** Blocks in these languages are code, which must come from a program. */
const code = /^```(?:ts|js|proto|yaml)$/gm;
const problems = [];

for (const document of listFiles("*.md", ":!*.api.md")) {
  const text = readFileSync(root + document, "utf8");
  let found = 0;
  const updated = text.replaceAll(marked, (block, marker, file, region, language, body) => {
    found++;
    const wanted = snippet(file, region);
    if (wanted === undefined) {
      problems.push(`${document}: there is no ${file}${region === undefined ? "" : `#${region}`}`);
      return block;
    }
    if (wanted === body) return block;
    if (!write)
      problems.push(`${document}: the snippet of ${file}${region === undefined ? "" : `#${region}`} is out of date`);
    return `${marker}\`\`\`${language || extname(file).slice(1)}\n${wanted}\`\`\``;
  });
  const marks = text.match(markers)?.length ?? 0;
  const blocks = text.match(code)?.length ?? 0;
  if (blocks > found) problems.push(`${document}: ${blocks - found} blocks of code come from no program`);
  if (found !== marks) problems.push(`${document}: ${marks - found} snippet markers have no code block`);
  if (write && updated !== text) writeFileSync(root + document, updated);
}
report("snippets", problems);

function snippet(file, region) {
  if (!existsSync(root + file)) return undefined;
  const text = readFileSync(root + file, "utf8");
  // In a whole file the marks of its regions are left out.
  if (region === undefined) return text.replaceAll(/^\s*\/\/ #(?:end)?region.*\n/gm, "");
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  if (first === -1) return undefined;
  const body = [];
  for (let index = first + 1, depth = 1; index < lines.length; index++) {
    const line = lines[index];
    if (/^\s*\/\/ #region/.test(line)) depth++;
    else if (/^\s*\/\/ #endregion/.test(line)) depth--;
    else body.push(line);
    if (depth === 0) break;
  }
  const indent = Math.min(...body.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)[0].length));
  return `${body.map((line) => line.slice(indent)).join("\n")}\n`;
}
