// Writes the tables of docs/errors.md from the sources and from docs/errors.json, where each text has its cause and its cure.
// With `--check`: fails when a text has no row, a row has no text, or the page is out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { collectErrors, sources } from "./error-texts.mjs";
import { readJson, report, root } from "./lib.mjs";

const data = "docs/errors.json";
const document = "docs/errors.md";
const command = "pnpm errors";
const region = /(<!-- errors: .* -->\n)[\s\S]*(<!-- \/errors -->)/;

/** Errors of one cause and one cure each: their texts are listed. */
const families = [
  {
    title: "What a peer of HTTP/2 did wrong",
    intro:
      "The connection or the stream ends, and calls get one of the errors of connections above with such a text. The peer, or what stands between, does not keep to RFC 9113 or RFC 7541, or is above one of the [limits](http2.md#limits).",
    has: ({ kind, place }) => /^(ConnectionError|HpackError)$/.test(kind) && place.includes("/http2/"),
  },
  {
    title: "What a proxy did not do",
    intro:
      "They follow `the proxy {host}:{port}` in the text of an `unavailable` call. Compare the option `proxy` with what the proxy wants.",
    has: ({ kind, place }) => kind === "Error" && place.includes("/client/proxy.ts"),
  },
  {
    title: "Why a message cannot be encoded or decoded",
    intro:
      "Causes of `cannot encode a …` and `cannot decode a …` by the codecs of messages. The value in the message, or the bytes or the JSON that came, do not fit the schema.",
    has: ({ place, kind }) => /\/(codegen|message)\//.test(place) && kind !== "ConnectError",
  },
];

/** @returns the page as it should be, and what is wrong with its sources */
export function errorTable(errors, sections, page) {
  const problems = [];
  const places = new Map();
  for (const error of errors) places.set(error.text, [...(places.get(error.text) ?? []), error]);
  const rows = new Map(Object.entries(sections).flatMap(([, texts]) => Object.entries(texts)));
  const listed = families.map(({ has }) => [...places].filter(([text, found]) => !rows.has(text) && found.some(has)));
  const known = new Set([...rows.keys(), ...listed.flat().map(([text]) => text)]);
  for (const [text, [{ place }]] of places) {
    if (known.has(text)) continue;
    problems.push(
      `${place}: an error without a row. Add to a section of ${data}\n    ${JSON.stringify(text)}: ["why it happens", "what to do"],\n  and run ${command}`,
    );
  }
  for (const text of rows.keys()) {
    if (!places.has(text))
      problems.push(`${data}: no source makes this error, remove or correct its row:\n    ${JSON.stringify(text)}`);
  }
  const parts = Object.entries(sections).map(([title, texts]) => {
    const lines = Object.entries(texts).map(([text, [cause, cure, code]]) => [
      cell(text),
      code ?? codes(places.get(text)),
      cause,
      cure,
    ]);
    return `### ${title}\n\n${table(["text", "code", "cause", "cure"], lines)}`;
  });
  families.forEach(({ title, intro }, index) => {
    const lines = listed[index].map(([text, found]) => [cell(text), codes(found)]);
    parts.push(`### ${title}\n\n${intro}\n\n${table(["text", "code"], lines.sort())}`);
  });
  const updated = page.replace(region, (_, begin, end) => `${begin}\n${parts.join("\n")}\n${end}`);
  if (updated !== page) problems.push(`${document} is out of date: run ${command}`);
  return { updated, problems };
}

/** The table of this tree. */
export function currentTable() {
  return errorTable(collectErrors(sources()), readJson(data), readFileSync(root + document, "utf8"));
}

function codes(errors = []) {
  const names = errors.flatMap(({ kind, code }) =>
    /^(TypeError|RangeError|Error)$/.test(kind) ? [kind] : code.split(", "),
  );
  return [...new Set(names)].filter((name) => name !== "").join(", ");
}

function cell(text) {
  const quotes = text.includes("`") ? "``" : "`";
  return `${quotes}${text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")}${quotes}`;
}

function table(head, lines) {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

if (process.argv[1]?.endsWith("error-table.mjs")) {
  const { updated, problems } = currentTable();
  const check = process.argv.includes("--check");
  if (!check) writeFileSync(root + document, updated);
  report("errors", check ? problems : problems.filter((problem) => !problem.startsWith(document)));
}
