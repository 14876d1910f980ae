/** Options of this plugin besides those that every plugin on @bufbuild/protoplugin has. */
export interface Options {
  /** Whether `_codec` files are generated, and used in the place of protobuf-es's descriptors. */
  readonly codecs: Codecs;
  /** Whether clients have interceptors. */
  readonly interceptors: boolean;
}

/** Which codecs are generated; with none, whether protobuf-es's JSON is brought along. */
export type Codecs = "none" | "none, no JSON" | "binary" | "binary and JSON";

export const knownOptions = [
  "target",
  "import_extension",
  "js_import_style",
  "keep_empty_files",
  "ts_nocheck",
  "elide_plugin_version",
  "rewrite_imports",
  "map_imports",
  "codecs",
  "json",
  "interceptors",
] as const;

/** Options of protoc-gen-es that change nothing here: one `opt` serves both plugins. protoc-gen-es checks their values. */
const ignoredOptions: ReadonlySet<string> = new Set(["json_types", "valid_types", "erasable_syntax"]);

/** Options that may stand more than once. */
const repeatable = new Set<string>(["rewrite_imports", "map_imports"]);

const whereToLook =
  'Options stand in buf.gen.yaml under "opt" of the plugin "protoc-gen-connect-ts" (protoc: --connect-ts_opt).';

/** Parses the options that @bufbuild/protoplugin does not know: those that are left for this plugin. */
export function parseOptions(options: { readonly key: string; readonly value: string }[]): Options {
  let codecs: Codecs = "none";
  let json = true;
  let interceptors = true;
  for (const { key, value } of options) {
    if (key === "codecs") {
      codecs = parseCodecs(value);
      continue;
    }
    if (ignoredOptions.has(key)) continue;
    if (key === "json") {
      json = parseBoolean(key, value);
      continue;
    }
    if (key === "interceptors") {
      interceptors = parseBoolean(key, value);
      continue;
    }
    const similar = knownOptions.find((known) => isSimilar(known, key));
    const hint = similar === undefined ? "" : `did you mean "${similar}"? `;
    throw new Error(`${hint}Known options are ${knownOptions.join(", ")}. ${whereToLook}`);
  }
  return { codecs: json ? codecs : withoutJson[codecs], interceptors };
}

/** Whether there are `_codec` files. */
export function hasCodecs(codecs: Codecs): codecs is "binary" | "binary and JSON" {
  return codecs === "binary" || codecs === "binary and JSON";
}

const withoutJson: Readonly<Record<Codecs, Codecs>> = {
  none: "none, no JSON",
  "none, no JSON": "none, no JSON",
  binary: "binary",
  "binary and JSON": "binary",
};

function parseBoolean(option: "interceptors" | "json", value: string): boolean {
  if (value !== "true" && value !== "false") throw badValue(option);
  return value === "true";
}

function badValue(option: "codecs" | "interceptors" | "json"): Error {
  return new Error(`The values of "${option}" are ${acceptedValues[option]}. ${whereToLook}`);
}

function parseCodecs(value: string): Codecs {
  switch (value) {
    case "true":
      return "binary and JSON";
    case "binary":
      return "binary";
    case "false":
      return "none";
    default:
      throw badValue("codecs");
  }
}

/** Refuses options that contradict each other. */
export function checkParameter(parameter: string): void {
  const values = new Map<string, string>();
  for (const option of parameter.split(",")) {
    const [key = "", value = ""] = splitOnce(option, "=");
    const earlier = values.get(key);
    if (earlier !== undefined && earlier !== value && !repeatable.has(key)) {
      throw new Error(`option "${key}" is given twice, as "${earlier}" and as "${value}". ${whereToLook}`);
    }
    values.set(key, value);
  }
  const target = values.get("target");
  const targets = (target ?? "js+dts").split("+");
  const extension = values.get("import_extension");
  if ((extension === "ts" || extension === ".ts") && !targets.includes("ts")) {
    throw new Error(
      `options "import_extension=ts" and "target=${targets.join("+")}"${target === undefined ? " (the default)" : ""} contradict each other: there will be no .ts files to import. ${whereToLook}`,
    );
  }
  if (
    values.get("js_import_style") === "legacy_commonjs" &&
    target !== undefined &&
    !target.split("+").includes("js")
  ) {
    throw new Error(
      `options "js_import_style=legacy_commonjs" and "target=${target}" contradict each other: the style is for the target "js". ${whereToLook}`,
    );
  }
}

const acceptedValues: Readonly<Record<string, string>> & Readonly<Record<"codecs" | "interceptors" | "json", string>> =
  {
    target: "ts, js and dts, joined by +",
    import_extension: "none, js and ts",
    js_import_style: "module and legacy_commonjs",
    keep_empty_files: "true and false",
    ts_nocheck: "true and false",
    elide_plugin_version: "true and false",
    codecs: "true, binary and false",
    json: "true and false",
    interceptors: "true and false",
  };

/** Adds to the error of a bad value which ones are accepted, and where to look. */
export function explainOptionError(error: unknown): unknown {
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  if (name !== "PluginOptionError" || typeof message !== "string" || message.includes(whereToLook)) return error;
  const option = /^invalid option "([^="]*)/.exec(message)?.[1];
  const accepted = option === undefined ? undefined : acceptedValues[option];
  const hint = accepted === undefined ? "" : ` The values of "${option}" are ${accepted}.`;
  return new Error(`${message}.${hint} ${whereToLook}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Whether two names are the same but for case, separators, and at most two letters. */
function isSimilar(a: string, b: string): boolean {
  return editDistance(a, b.toLowerCase().replaceAll("-", "_")) <= 2;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
