// Collects the texts of the errors that our sources make. An expression that makes a text is followed through constants,
// conditions, helpers and the arguments of their callers; what is known at run time only becomes a `{placeholder}`.
import { readFileSync } from "node:fs";
import { parseSync } from "@swc/core";
import { listFiles, root } from "./lib.mjs";

/** The code that errorFromFailure of the runtime gives to each reason of an HttpFailure. */
const failureCodes = {
  connect: "unavailable",
  lost: "unavailable",
  reset: "by the reset",
  protocol: "internal",
  limit: "resource_exhausted",
  unsupported: "unimplemented",
};

/** The sources of the runtime and the plugin whose errors reach users. */
export function sources() {
  return (
    listFiles("packages/runtime/src/*.ts", "packages/protoc-gen-connect-ts/src/*.ts")
      // ConnectError.from() gives errors of others a code.
      .filter((file) => !/\.test(-d)?\.ts$|\/src\/testing\/|\/error\/connect-error\.ts$/.test(file))
      .map((file) => [file, readFileSync(root + file, "utf8")])
  );
}

/**
 * The errors of these sources.
 *
 * @param files - pairs of a name and the text of a TypeScript file
 * @returns for each text and place `{ text, kind, code, place }`: kind is the class of the error or `HttpFailure`, place is `file:line`
 */
export function collectErrors(files) {
  const tree = new Tree(files);
  return tree.nodes.flatMap((node) => {
    const made = makes(node, tree);
    if (made === undefined) return [];
    const { message, ...error } = made;
    return tree
      .texts(message)
      .filter(hasWords)
      .map((text) => ({ ...error, text, place: tree.place(node) }));
  });
}

/** What kind of error an expression makes, by which code, and the expression of its text. */
function makes(node, tree) {
  const isCall = node.type === "CallExpression" || node.type === "NewExpression";
  const args = isCall ? (node.arguments ?? []).map(({ expression }) => expression) : [];
  const callee = nameOf(node.callee);
  if (node.type === "NewExpression" && /Error$|^Kind$/.test(callee)) {
    if (callee === "ConnectError" || callee === "ConnectionError") return withCode(callee, args, tree);
    return { kind: callee === "Kind" ? "TypeError" : callee, code: "", message: args[0] };
  }
  if (callee === "ConnectError.remote") return withCode("ConnectError", args, tree);
  if (isCall && nameOf(args[0])?.startsWith("ErrorCode.")) {
    return withCode("ConnectionError", args, tree);
  }
  if (node.type !== "ObjectExpression") return undefined;
  const members = new Map(
    node.properties.map((member) =>
      member.type === "Identifier" ? [member.value, member] : [member.key?.value, member.value],
    ),
  );
  const reason = members.get("reason");
  if (members.has("by") && members.has("message"))
    return { kind: "ConnectionError", code: "", message: members.get("message") };
  if (reason === undefined || !members.has("message")) return undefined;
  const code = tree
    .texts(reason)
    .map((name) => failureCodes[name])
    .filter(Boolean)
    .join(", ");
  return { kind: "HttpFailure", code, message: members.get("message") };
}

function withCode(kind, [code, message], tree) {
  const name = nameOf(code);
  const http2 = name?.startsWith("ErrorCode.") ? name.slice("ErrorCode.".length) : undefined;
  return { kind, code: http2 ?? tree.texts(code).join(", "), message };
}

/** Sources as trees, with the way up, and what functions, calls and constants there are. */
class Tree {
  nodes = [];
  parents = new Map();
  files = new Map();
  calls = new Map();
  functions = new Map();
  constants = new Map();
  assigned = new Map();
  returns = new Map();

  constructor(files) {
    for (const [file, text] of files) {
      const module = parseSync(text, { syntax: "typescript", target: "es2022" });
      this.files.set(module, { file, bytes: Buffer.from(text) });
      this.add(module, undefined);
    }
  }

  add(node, parent) {
    if (Array.isArray(node)) {
      for (const item of node) this.add(item, parent);
      return;
    }
    if (node === null || typeof node !== "object") return;
    // What has no type is a list's element, or a part such as the body of a method.
    if (node.type !== undefined) {
      this.nodes.push(node);
      this.parents.set(node, parent);
      if (node.type === "CallExpression") push(this.calls, lastName(node.callee), node);
      if (node.type === "ReturnStatement") push(this.returns, [...this.above(parent)].find(isFunction), node.argument);
      if (node.type === "AssignmentExpression") push(this.assigned, nameOf(node.left), node);
      if (node.type === "FunctionDeclaration") push(this.functions, node.identifier.value, node);
      if (node.type === "ClassMethod") push(this.functions, node.key.value, node);
      if (node.type === "VariableDeclarator" && node.id.type === "Identifier")
        push(this.constants, node.id.value, node);
    }
    for (const [key, value] of Object.entries(node))
      if (key !== "span") this.add(value, node.type === undefined ? parent : node);
  }

  *above(node) {
    for (let at = node; at !== undefined; at = this.parents.get(at)) yield at;
  }

  fileOf(node) {
    return this.files.get([...this.above(node)].at(-1));
  }

  place(node) {
    const { file, bytes } = this.fileOf(node);
    return `${file}:${bytes.subarray(0, node.span.start).toString().split("\n").length}`;
  }

  /** The texts that an expression can be. None for one that passes on what another made. */
  texts(node, depth = 0) {
    if (node === undefined || node === null || depth > 6) return [];
    const next = (inner) => this.texts(inner, depth + 1);
    switch (node.type) {
      case "StringLiteral":
        return node.value === "" ? [] : [node.value];
      case "TemplateLiteral":
        return [template(node)];
      case "ParenthesisExpression":
      case "TsAsExpression":
        return next(node.expression);
      case "ConditionalExpression":
        return unique([...next(node.consequent), ...next(node.alternate)]);
      case "BinaryExpression":
        return node.operator === "??" || node.operator === "||"
          ? unique([...next(node.left), ...next(node.right)])
          : [];
      case "MemberExpression": {
        const set = node.object.type === "ThisExpression" ? (this.assigned.get(nameOf(node)) ?? []) : [];
        return unique(
          set.filter((other) => this.fileOf(other) === this.fileOf(node)).flatMap(({ right }) => next(right)),
        );
      }
      case "Identifier":
        return this.named(node, next);
      case "CallExpression": {
        // Such as `text.slice(0, 300)`.
        if (node.callee.type === "MemberExpression" && node.callee.property.value === "slice")
          return next(node.callee.object);
        const called = this.functions.get(lastName(node.callee)) ?? [];
        return unique(called.flatMap((made) => (this.returns.get(made) ?? []).flatMap(next)));
      }
      default:
        return [];
    }
  }

  /** What a name stands for: the constant or the parameter that is nearest. */
  named(node, next) {
    const constants = this.constants.get(node.value) ?? [];
    for (const scope of this.above(node)) {
      const parameters = (scope.function ?? scope).params?.map((item) => item.pat ?? item) ?? [];
      const index = parameters.findIndex((item) => item.type === "Identifier" && item.value === node.value);
      if (index !== -1) return unique(this.callsOf(scope).flatMap((call) => next(call.arguments[index]?.expression)));
      const local = constants.find((constant) => this.parents.get(this.parents.get(constant)) === scope);
      if (local !== undefined) return next(local.init ?? undefined);
    }
    const exported = constants.find(
      (constant) => this.parents.get(this.parents.get(constant)).type === "ExportDeclaration",
    );
    return exported === undefined ? [] : next(exported.init ?? undefined);
  }

  callsOf(made) {
    const calls = this.calls.get(made.identifier?.value ?? made.key?.value) ?? [];
    const everywhere = this.parents.get(made)?.type === "ExportDeclaration";
    const near = calls.filter((call) => this.fileOf(call) === this.fileOf(made));
    return everywhere || near.length === 0 ? calls : near;
  }
}

/** Text that is all placeholders is another error's, passed on. */
function hasWords(text) {
  return /[a-z]/i.test(text.replaceAll(/\{[^{}]*\}/g, ""));
}

function isFunction({ type }) {
  return /Function(Declaration|Expression)|ClassMethod/.test(type);
}

function template({ quasis, expressions }) {
  return quasis.map(({ cooked }, index) => cooked + placeholder(expressions[index])).join("");
}

/** The name of what is put into a text, or the words that it can be. */
function placeholder(node) {
  if (node === undefined) return "";
  if (node.type === "ConditionalExpression") {
    const words = [node.consequent, node.alternate].map((branch) =>
      branch.type === "StringLiteral" ? branch.value : placeholder(branch),
    );
    return words.includes("")
      ? `[${words.join("")}]`
      : `{${words
          .join(" or ")
          .replaceAll(/[{}] ?/g, "")
          .replaceAll(/ +/g, " ")}}`;
  }
  if (node.type === "TemplateLiteral") return template(node);
  if (node.type === "CallExpression") {
    const same = /^(slice|join)$/.test(lastName(node.callee) ?? "") ? node.callee.object : undefined;
    return placeholder(same ?? node.arguments[0]?.expression ?? node.callee);
  }
  if (node.type === "BinaryExpression" || node.type === "ParenthesisExpression")
    return placeholder(node.left ?? node.expression);
  return `{${lastName(node) ?? "…"}}`;
}

function nameOf(node) {
  if (node?.type === "Identifier" || node?.type === "PrivateName") return node.value;
  if (node?.type !== "MemberExpression") return undefined;
  const member = node.property.type === "Computed" ? nameOf(node.property.expression) : node.property.value;
  if (member === undefined) return nameOf(node.object);
  return `${node.object.type === "ThisExpression" ? "this" : nameOf(node.object)}.${member}`;
}

function lastName(node) {
  return nameOf(node)?.split(".").at(-1);
}

function push(map, key, value) {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function unique(items) {
  return [...new Set(items)];
}
