import type { DescEnum, DescField, DescMessage, FileRegistry } from "@bufbuild/protobuf";
import { commentOf } from "./comments.js";
import { type Child, el } from "./dom.js";
import { hasOwnForm, typeName } from "./fields.js";
import { highlight } from "./highlight.js";
import { isDeprecated, optionsOf } from "./schema.js";

/** What a comment of the schema says, its paragraphs apart. */
export function commentView(text: string): Child {
  return text === ""
    ? undefined
    : el("div", { class: "comment" }, ...text.split(/\n\s*\n/).map((part) => el("p", {}, part)));
}

export function deprecatedMark(is: boolean): Child {
  return is && el("span", { class: "mark deprecated" }, "deprecated");
}

/** The fields of a message. Those that are messages can be opened. */
export function messageView(message: DescMessage, registry: FileRegistry): HTMLElement {
  return el(
    "div",
    { class: "type" },
    commentView(commentOf(message)),
    message.fields.length === 0 && el("p", { class: "quiet" }, "No fields."),
    message.fields.length > 0 &&
      el(
        "ul",
        { class: "fields" },
        ...message.members.map((member) =>
          member.kind === "field"
            ? fieldView(member, registry)
            : el(
                "li",
                { class: "oneof" },
                el("div", {}, el("span", { class: "quiet" }, "one of "), el("code", {}, member.name)),
                commentView(commentOf(member)),
                el("ul", { class: "fields" }, ...member.fields.map((field) => fieldView(field, registry))),
              ),
        ),
      ),
  );
}

function fieldView(field: DescField, registry: FileRegistry): HTMLElement {
  const options = optionsOf(field, registry);
  const { message, enum: one } = field;
  const inner =
    one !== undefined
      ? (): HTMLElement => enumView(one)
      : message && !hasOwnForm(message) && ((): HTMLElement => messageView(message, registry));
  return el(
    "li",
    {},
    el(
      "div",
      { class: "field" },
      el("code", { class: "name" }, field.name),
      el("span", { class: "typename" }, typeName(field)),
      el("span", { class: "quiet" }, `= ${field.number}`),
      deprecatedMark(isDeprecated(field)),
    ),
    commentView(commentOf(field)),
    options !== undefined &&
      el("pre", { class: "options" }, ...highlight(JSON.stringify(options, undefined, 1).replaceAll(/\n\s*/g, " "))),
    inner && opened(message?.typeName ?? one?.typeName ?? "", inner),
  );
}

/** Made when it is opened: types may contain themselves. */
function opened(name: string, make: () => HTMLElement): HTMLElement {
  const details = el("details", {
    toggle: () => {
      if (details.open && details.childElementCount === 1) details.append(make());
    },
  });
  details.append(el("summary", {}, name));
  return details;
}

function enumView(desc: DescEnum): HTMLElement {
  return el(
    "div",
    { class: "type" },
    commentView(commentOf(desc)),
    el(
      "ul",
      { class: "fields" },
      ...desc.values.map((value) =>
        el(
          "li",
          {},
          el(
            "div",
            { class: "field" },
            el("code", { class: "name" }, value.name),
            el("span", { class: "quiet" }, `= ${value.number}`),
            deprecatedMark(isDeprecated(value)),
          ),
          commentView(commentOf(value)),
        ),
      ),
    ),
  );
}
