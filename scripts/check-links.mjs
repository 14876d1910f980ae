// Checks the links of the documents: the file is there, and so is the heading. Links to other hosts are not fetched.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { listFiles, report, root } from "./lib.mjs";

const problems = [];
for (const document of listFiles("*.md")) {
  for (const [, target] of withoutCode(document).matchAll(/\]\(([^)\s]+)\)/g)) {
    const problem = check(document, target);
    if (problem !== undefined) problems.push(`${document}: ${target}: ${problem}`);
  }
}
report("links", problems);

function check(document, target) {
  if (/^[a-z]+:/.test(target)) return target.startsWith("https://") ? undefined : "not https";
  const [path, heading] = target.split("#");
  const file = path === "" ? document : normalize(`${dirname(document)}/${path}`);
  if (file.startsWith("..") || !existsSync(root + file)) return "there is no such file";
  if (heading === undefined) return undefined;
  if (statSync(root + file).isDirectory()) return "a folder has no headings";
  return headings(file).has(heading) ? undefined : "there is no such heading";
}

/** The anchors that are made of headings: lower case, spaces to hyphens, other punctuation left out. */
function headings(file) {
  const anchors = withoutCode(file).matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...anchors].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}

function withoutCode(file) {
  return readFileSync(root + file, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
}
