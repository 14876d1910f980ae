import {
  type DescField,
  type DescMessage,
  type DescOneof,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { commentOf } from "./comments.js";
import { el } from "./dom.js";
import { elementOf, hasOwnForm, sampleOf, typeName, type Value } from "./fields.js";
import { isDeprecated } from "./schema.js";

/** A part of a form: what is seen, and its value as JSON. `undefined` is left out of the request. */
interface Control {
  readonly element: HTMLElement;
  read(): JsonValue | undefined;
}

/** A form for a message, filled in. @param changed called with the request's JSON after each change */
export function formOf(message: DescMessage, value: JsonValue, changed: (value: JsonValue) => void): HTMLElement {
  const control = valueControl({ kind: "message", message }, value, () => tell());
  const tell = (): void => changed(control.read() ?? {});
  const element = el("div", { class: "form", input: tell, change: tell }, control.element);
  return element;
}

function messageControl(message: DescMessage, value: JsonObject, changed: () => void): Control {
  const members = message.members.map((member) =>
    member.kind === "oneof"
      ? oneofControl(member, value, changed)
      : ([member, fieldControl(member, value, changed)] as const),
  );
  const known = new Set(message.fields.flatMap(({ name, jsonName }) => [name, jsonName]));
  // What the form does not know stays: extensions, and mistakes, which are told.
  const others = Object.entries(value).filter(([name]) => !known.has(name));
  return {
    element: el(
      "div",
      { class: "members" },
      message.members.length === 0 && el("p", { class: "quiet" }, "No fields."),
      members.map((member) => ("length" in member ? member[1].element : member.element)),
    ),
    read() {
      const read: [string, JsonValue][] = [...others];
      for (const member of members) {
        if ("length" in member) {
          const one = member[1].read();
          if (one !== undefined) read.push([member[0].jsonName, one]);
        } else read.push(...Object.entries((member.read() ?? {}) as JsonObject));
      }
      return Object.fromEntries(read);
    },
  };
}

/** What a message has for a field, by either of its names. */
function given(field: DescField, value: JsonObject): JsonValue | undefined {
  // Names may be those of members that all objects have.
  const name = [field.jsonName, field.name].find((one) => Object.hasOwn(value, one));
  return name === undefined ? undefined : value[name];
}

/** A field with its name. */
function fieldControl(field: DescField, value: JsonObject, changed: () => void): Control {
  const now = given(field, value);
  if (field.fieldKind === "list") return listControl(field, Array.isArray(now) ? now : [], changed);
  if (field.fieldKind === "map") return mapControl(field, isObject(now) ? now : {}, changed);
  const kind = elementOf(field);
  if (kind.kind === "message" && !hasOwnForm(kind.message)) return optionalMessage(field, kind, now, changed);
  const control = valueControl(kind, now, changed);
  return { element: el("label", { class: "form-line" }, titleOf(field), control.element), read: control.read };
}

function titleOf(field: DescField): HTMLElement {
  const isOld = isDeprecated(field);
  return el(
    "span",
    { class: "field-name", title: commentOf(field) || undefined },
    el("span", isOld ? { class: "deprecated" } : {}, el("span", {}, field.jsonName)),
    // Without packages: there is little room.
    el("small", {}, typeName(field).replaceAll(/\w+\./g, "")),
  );
}

/** Which one of a oneof, and its value. */
function oneofControl(oneof: DescOneof, value: JsonObject, changed: () => void): Control {
  const slot = el("div", {});
  const choice = el(
    "select",
    { "aria-label": oneof.name, class: "input" },
    el("option", { value: "" }, "none"),
    oneof.fields.map(({ jsonName }) => el("option", { value: jsonName }, jsonName)),
  );
  let chosen: readonly [DescField, Control] | undefined;
  const show = (field: DescField | undefined, now: JsonObject): void => {
    chosen = field && [field, fieldControl(field, now, changed)];
    slot.replaceChildren(...(chosen === undefined ? [] : [chosen[1].element]));
  };
  const first = oneof.fields.find((field) => given(field, value) !== undefined);
  choice.value = first?.jsonName ?? "";
  show(first, value);
  choice.addEventListener("change", () => {
    const field = oneof.fields.find(({ jsonName }) => jsonName === choice.value);
    // What is chosen is set, be it empty.
    show(field, field === undefined ? {} : { [field.jsonName]: sampleOf(elementOf(field)) as JsonValue });
  });
  return {
    element: el(
      "div",
      { class: "group" },
      el(
        "label",
        { class: "form-line" },
        el("span", { class: "field-name" }, oneof.name, el("small", {}, "one of")),
        choice,
      ),
      slot,
    ),
    read() {
      if (chosen === undefined) return {};
      const [field, control] = chosen;
      return { [field.jsonName]: control.read() ?? (sampleOf(elementOf(field)) as JsonValue) };
    },
  };
}

/** A message that may be there or not: those within it may be the same again. */
function optionalMessage(field: DescField, kind: Value, now: JsonValue | undefined, changed: () => void): Control {
  const slot = el("div", {});
  let inner: Control | undefined;
  const button = el("button", { type: "button", class: "plain", click: () => toggle() });
  const show = (value: JsonValue | undefined): void => {
    inner = value === undefined ? undefined : valueControl(kind, value, changed);
    slot.replaceChildren(...(inner === undefined ? [] : [inner.element]));
    button.textContent = inner === undefined ? "Set" : "Remove";
    button.setAttribute("aria-label", `${button.textContent} ${field.jsonName}`);
  };
  const toggle = (): void => {
    show(inner === undefined ? {} : undefined);
    changed();
  };
  show(now);
  return {
    element: el("div", { class: "group" }, el("div", { class: "form-line" }, titleOf(field), button), slot),
    read: () => inner?.read(),
  };
}

interface Row {
  readonly element: HTMLElement;
  readonly key: HTMLInputElement | undefined;
  readonly value: Control;
}

function listControl(field: DescField, now: readonly JsonValue[], changed: () => void): Control {
  const { element, rows } = rowsOf(
    field,
    now.map((value) => ["", value]),
    false,
    changed,
  );
  return {
    element,
    read: () =>
      rows.length === 0
        ? undefined
        : rows.map(({ value }) => value.read() ?? (sampleOf(elementOf(field)) as JsonValue)),
  };
}

function mapControl(field: DescField, now: JsonObject, changed: () => void): Control {
  const { element, rows } = rowsOf(field, Object.entries(now), true, changed);
  return {
    element,
    read() {
      const entries = rows.map(({ key, value }) => [
        key?.value ?? "",
        value.read() ?? (sampleOf(elementOf(field)) as JsonValue),
      ]);
      return rows.length === 0 ? undefined : Object.fromEntries(entries);
    },
  };
}

/** Rows of a list or map, with buttons that add and remove them. */
function rowsOf(
  field: DescField,
  now: readonly (readonly [string, JsonValue])[],
  isMap: boolean,
  changed: () => void,
): { element: HTMLElement; rows: readonly Row[] } {
  const kind = elementOf(field);
  const rows: Row[] = [];
  const list = el("ol", { class: "rows" });
  const add = (key: string, value: JsonValue): void => {
    const control = valueControl(kind, value, changed);
    const keyInput = isMap
      ? el("input", { class: "input", value: key, "aria-label": `key of ${field.jsonName}`, placeholder: "key" })
      : undefined;
    const name = `${field.jsonName} ${rows.length + 1}`;
    if (control.element.matches("input, select, textarea"))
      control.element.setAttribute("aria-label", isMap ? `value of ${field.jsonName}` : name);
    const remove = (): void => {
      rows.splice(rows.indexOf(row), 1);
      row.element.remove();
      changed();
    };
    const button = el(
      "button",
      { type: "button", class: "plain", "aria-label": `Remove ${name}`, click: remove },
      "Remove",
    );
    const row: Row = {
      element: el("li", { class: "row" }, el("div", { class: isMap ? "pair" : "" }, keyInput, control.element), button),
      key: keyInput,
      value: control,
    };
    rows.push(row);
    list.append(row.element);
  };
  for (const [key, value] of now) add(key, value);
  const more = (): void => {
    add("", sampleOf(kind) as JsonValue);
    changed();
    list.lastElementChild?.querySelector<HTMLElement>("input, select, button")?.focus();
  };
  const button = el(
    "button",
    { type: "button", class: "plain", "aria-label": `Add to ${field.jsonName}`, click: more },
    "Add",
  );
  return {
    element: el("div", { class: "group" }, el("div", { class: "form-line" }, titleOf(field), button), list),
    rows,
  };
}

/** A value without its name. */
function valueControl(kind: Value, now: JsonValue | undefined, changed: () => void): Control {
  switch (kind.kind) {
    case "message":
      return hasOwnForm(kind.message)
        ? jsonControl(kind.message, now)
        : messageControl(kind.message, isObject(now) ? now : {}, changed);
    case "enum": {
      const select = el(
        "select",
        { class: "input" },
        el("option", { value: "" }, ""),
        kind.names.map((name) => el("option", { value: name }, name)),
      );
      const text = now === undefined || now === null ? "" : String(now);
      // A number that the schema does not know, or another mistake: it stays, and is told.
      if (!kind.names.includes(text) && text !== "") select.append(el("option", { value: text }, text));
      select.value = text;
      return {
        element: select,
        read: () =>
          select.value === "" ? undefined : /^-?\d+$/.test(select.value) ? Number(select.value) : select.value,
      };
    }
    case "scalar":
      return scalarControl(kind.scalar, now);
  }
}

function scalarControl(scalar: ScalarType, now: JsonValue | undefined): Control {
  if (scalar === ScalarType.BOOL) {
    const box = el("input", { type: "checkbox", class: "box" });
    box.checked = now === true;
    const wasSet = now !== undefined;
    return { element: box, read: () => (box.checked || wasSet ? box.checked : undefined) };
  }
  const isText = scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
  const input = el("input", {
    class: "input",
    inputmode: isText ? "text" : "decimal",
    placeholder: scalar === ScalarType.BYTES ? "base64" : undefined,
    spellcheck: "false",
    autocomplete: "off",
  });
  input.value = now === undefined || now === null ? "" : String(now);
  const isWide = typeof sampleOf({ kind: "scalar", scalar }) === "string";
  return {
    element: input,
    read() {
      const { value } = input;
      if (value === "") return undefined;
      // What is no number is left to the check, which tells of it.
      return isText || isWide || value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
    },
  };
}

/** Messages that have a form of their own in JSON: a text, or JSON as it is. */
function jsonControl(message: DescMessage, now: JsonValue | undefined): Control {
  const sample = sampleOf({ kind: "message", message });
  const isText = typeof sample === "string";
  const input = el("input", {
    class: "input",
    placeholder: isText ? sample : JSON.stringify(sample),
    spellcheck: "false",
    autocomplete: "off",
  });
  input.value = now === undefined ? "" : isText && typeof now === "string" ? now : JSON.stringify(now);
  return {
    element: input,
    read() {
      if (input.value === "") return undefined;
      if (isText) return input.value;
      try {
        return JSON.parse(input.value) as JsonValue;
      } catch {
        return input.value;
      }
    },
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
