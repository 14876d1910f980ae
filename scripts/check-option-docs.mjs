// Every option of the public API has a row with its default in a table of the documents, and numbers there are those of the
// sources. Such a table has `option` in the head of its first column, and a column `default`.
import { readFileSync } from "node:fs";
import { listFiles, report, root } from "./lib.mjs";

/** Interfaces with such a name that nobody fills in for a factory, and options that the runtime sets itself. */
const notForUsers = new Set(["FrameOptions", "JsonOptions.reflection"]);

const problems = [];
const options = optionsOfSources();
const rows = rowsOfDocuments();
for (const { owner, option, file } of options) {
  if (notForUsers.has(owner) || notForUsers.has(`${owner}.${option}`) || rows.some((row) => row.option === option))
    continue;
  problems.push(
    `${file}: ${option} of ${owner} is in no page. Add a row to a table with the columns "option" and "default": | \`${option}\` | its default | what it does |`,
  );
}
for (const { page, option, value } of rows) {
  const known = options.filter((one) => one.option === option).map((one) => normal(one.value ?? ""));
  if (!known.some(isNumber) || !isNumber(normal(value)) || known.includes(normal(value))) continue;
  problems.push(
    `${page}: the default of ${option} is ${[...new Set(known.filter(isNumber))].join(" or ")}, not ${value}`,
  );
}
report("options in the documents", problems);

/** The options of interfaces that the API reports have, with what their comments say after `@default`. */
function optionsOfSources() {
  const apis = listFiles("packages/runtime/etc/*.api.md").map((file) => readFileSync(root + file, "utf8"));
  const isPublic = (name) => apis.some((api) => new RegExp(`^export interface ${name}\\b`, "m").test(api));
  return listFiles("packages/runtime/src/*.ts").flatMap((file) => {
    if (/\.test(-d)?\.ts$|\/testing\//.test(file)) return [];
    const interfaces = readFileSync(root + file, "utf8").matchAll(
      /^export interface (\w+Options)\b[^{]*\{\n(.*?)^\}/gms,
    );
    return [...interfaces].flatMap(([, owner, body]) => {
      if (!isPublic(owner)) return [];
      const members = body.matchAll(/(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?^ {2}(?:readonly )?(\w+)\??[:(]/gms);
      return [...members].map(([, comment = "", option]) => {
        return { file, owner, option, value: /@default (.*?)\s*$/m.exec(comment)?.[1] };
      });
    });
  });
}

/** A row may have several options in its first cell, and as many values in the cell of defaults. */
function rowsOfDocuments() {
  return listFiles("docs/*.md", ":!docs/decisions/*").flatMap((page) => {
    const found = [];
    let head;
    for (const line of readFileSync(root + page, "utf8").split("\n")) {
      const cells = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (!line.startsWith("|")) head = undefined;
      else if (head === undefined) head = cells;
      else if (head[0].endsWith("option") && head.includes("default")) {
        const names = [...cells[0].matchAll(/`(\w+)`/g)].map(([, name]) => name);
        const values = cells[head.indexOf("default")].split(", ");
        names.forEach((option, index) => {
          found.push({ page, option, value: names.length === values.length ? values[index] : "" });
        });
      }
    }
    return found;
  });
}

function isNumber(text) {
  return /^\d+$/.test(text);
}

/** `16 KiB`, `5 min` and `262 144` as numbers in the option's unit; other values as they are. */
function normal(value) {
  const units = { KiB: 1024, MiB: 1024 ** 2, s: 1000, min: 60_000 };
  const [, digits, unit] = /^`?(\d+(?:[ _]\d{3})*)(?: (KiB|MiB|s|min))?`?(?=[,; ]|$)/.exec(value) ?? [];
  return digits === undefined ? value : String(Number(digits.replaceAll(/[ _]/g, "")) * (units[unit] ?? 1));
}
