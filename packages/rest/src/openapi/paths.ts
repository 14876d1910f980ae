// A file of its own: how a template becomes the path of a document.
import type { Binding } from "../binding.js";

/** A path of a document, with the names of its parameters. */
export interface DocumentPath {
  readonly text: string;
  readonly parameters: readonly PathParameter[];
}

export interface PathParameter {
  readonly name: string;
  /** The field that it is, when it is one as a whole. */
  readonly field: Binding["variables"][number] | undefined;
  /** It stands for several segments. */
  readonly deep: boolean;
}

/** Names for the segments of a template that vary: `/v1/{name=shelves/*}` becomes `/v1/shelves/{name}`. */
export function documentPath({ template, variables }: Binding): DocumentPath {
  const parameters: PathParameter[] = [];
  const parts = template.segments.map((segment, index) => {
    if (segment.kind === "literal") return encodeURIComponent(segment.text);
    const variable = variables.find(({ start, end }) => index >= start && index < end);
    const varying = template.segments
      .map((one, at) => ({ at, varies: one.kind !== "literal" }))
      .filter(({ at, varies }) => varies && variable !== undefined && at >= variable.start && at < variable.end);
    const base = variable?.field ?? `segment_${index + 1}`;
    const name = varying.length > 1 ? `${base}_${varying.findIndex(({ at }) => at === index) + 1}` : base;
    const isWhole = variable !== undefined && !variable.multi;
    parameters.push({ name, field: isWhole ? variable : undefined, deep: segment.kind === "rest" });
    return `{${name}}`;
  });
  const verb = template.verb === "" ? "" : `:${encodeURIComponent(template.verb)}`;
  return { text: `/${parts.join("/")}${verb}`, parameters };
}
